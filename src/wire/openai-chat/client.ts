import type { ClientWire } from '../client-wire.ts';
import { openAiErrorBody, openAiErrorEvent, openAiPing, openAiTargetComment } from './errors.ts';
import { OpenAiChatRequest, readOpenAiChat } from './request.ts';

/** The OpenAI chat surface towards clients. */
export const openAiChatClient: ClientWire = {
  format: 'openai-chat',
  read: readOpenAiChat,
  request: (body, facts, fields) => new OpenAiChatRequest(body, facts, fields),
  errorBody: openAiErrorBody,
  errorEvent: openAiErrorEvent,
  ping: openAiPing,
  targetComment: openAiTargetComment,
};

import type { ClientWire } from '../client-wire.ts';
import { openAiErrorBody, openAiErrorEvent, openAiPing, openAiTargetComment } from './errors.ts';
import { readOpenAiChat } from './scan.ts';

/** The OpenAI chat surface towards clients. */
export const openAiChatClient: ClientWire = {
  format: 'openai-chat',
  operation: 'chat',
  passes: ['openai-beta'],
  requestIdHeader: null,
  read: readOpenAiChat,
  request: (body, facts, fields, signatures) => ({ wire: 'openai-chat', body, facts, fields, signatures }),
  passesError: () => false,
  errorBody: openAiErrorBody,
  errorEvent: openAiErrorEvent,
  ping: openAiPing,
  targetComment: openAiTargetComment,
};

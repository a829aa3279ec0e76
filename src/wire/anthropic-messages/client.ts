import type { ClientWire } from '../client-wire.ts';
import type { ClientRequest } from '../exchange.ts';
import {
  isMessagesError,
  messagesErrorBody,
  messagesErrorEvent,
  messagesPing,
  messagesTargetComment,
} from './errors.ts';
import { readMessages } from './scan.ts';

/** The Anthropic Messages surface towards clients. */
export const messagesClient: ClientWire = {
  format: 'anthropic-messages',
  operation: 'chat',
  read: readMessages,
  request: (body, facts, fields, signatures) => ({
    wire: 'anthropic-messages',
    body,
    facts,
    fields,
    signatures,
  }),
  passes: ['anthropic-version', 'anthropic-beta'],
  requestIdHeader: 'request-id',
  passesError: isMessagesError,
  errorBody: messagesErrorBody,
  errorEvent: messagesErrorEvent,
  ping: messagesPing,
  targetComment: messagesTargetComment,
};

/** `/v1/messages/count_tokens`: read like a request for a reply, answered with a number and never as a stream. */
export const countTokensClient: ClientWire = {
  ...messagesClient,
  operation: 'count_tokens',
  read: (body) => withoutStream(readMessages(body)),
  request: (body, facts, fields, signatures) =>
    withoutStream(messagesClient.request(body, facts, fields, signatures)),
};

function withoutStream(request: ClientRequest): ClientRequest {
  return request.facts.stream ? { ...request, facts: { ...request.facts, stream: false } } : request;
}

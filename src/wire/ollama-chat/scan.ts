import type { ScannedRequest } from '../exchange.ts';
import { readFields } from '../fields/read-body.ts';
import { OllamaMessageScanner } from './message-scanner.ts';
import { requestFacts } from './request-facts.ts';

/**
 * The read phase of a request of `/api/chat`. A request without messages only loads or unloads its model. Throws a
 * `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function scanOllamaChat(body: Buffer): ScannedRequest {
  const scan = new OllamaMessageScanner();
  const fields = readFields(body, (name, cursor) => {
    if (name !== 'messages') return false;
    scan.messages(cursor);
    return true;
  });
  const facts = requestFacts(body, fields, scan);
  return {
    format: 'ollama-chat',
    body,
    facts: scan.count === 0 ? { ...facts, stream: false } : facts,
    fields,
    signatures: [],
    hasUnsignedThinking: false,
    ...(scan.count === 0 ? { isEmpty: true } : null),
  };
}

import type { ScannedRequest } from '../exchange.ts';
import { invalidBody, readFields } from '../fields/read-body.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { OllamaMessageScanner } from '../ollama-chat/message-scanner.ts';
import { requestFacts } from '../ollama-chat/request-facts.ts';

const NULL = 0x6e;

/**
 * The read phase of a request of `/api/generate`. A request without a prompt only loads or unloads its model. Throws a
 * `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`.
 */
export function scanGenerate(body: Buffer): ScannedRequest {
  const scan = new OllamaMessageScanner();
  const fields = readFields(body, (name, cursor) => {
    if (name === 'prompt') passPrompt(cursor, scan);
    else if (name === 'system') scan.text(cursor);
    else if (name === 'images') scan.imageList(cursor);
    else return false;
    return true;
  });
  const isEmpty = scan.count === 0 && scan.images === 0;
  const facts = requestFacts(body, fields, scan);
  return {
    format: 'ollama-generate',
    body,
    facts: isEmpty ? { ...facts, stream: false } : facts,
    fields,
    signatures: [],
    hasUnsignedThinking: false,
    ...(isEmpty ? { isEmpty } : null),
  };
}

/** A prompt counts as a message, unless it is empty. */
function passPrompt(cursor: JsonCursor, scan: OllamaMessageScanner): void {
  if (cursor.peek() === NULL) {
    cursor.skipValue();
    return;
  }
  if (!cursor.passString()) throw invalidBody('prompt', "'prompt' must be a string.");
  scan.textBytes += cursor.stringBytes;
  if (cursor.stringBytes > 0) scan.count += 1;
}

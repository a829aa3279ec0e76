import type { ChatMessage, Part } from '../../protocol/chat.ts';
import type { DecodedRequest } from '../codec.ts';
import type { ScannedRequest } from '../exchange.ts';
import { invalidField, unsupportedField } from '../fields/field-error.ts';
import type { JsonObject } from '../json/value.ts';
import { decodeImages } from '../ollama-chat/decode/images.ts';
import { parseBody, readCommonParts, requestValues } from '../ollama-chat/decode/options.ts';

const OWN: ReadonlySet<string> = new Set([
  ...['prompt', 'system', 'images', 'suffix', 'template', 'raw', 'context'],
]);

/** What only the server with the model's template or memory can do, and what to send instead. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  raw: 'the model gets the prompt in its chat template; for a prompt as it is, use POST /v1/completions.',
  suffix: 'text between a prompt and a suffix is POST /v1/completions.',
  template: 'the server of the model applies its own template.',
  context: 'no conversation is stored; send the whole of it to POST /api/chat.',
};

/**
 * Decodes a request of `/api/generate` as a chat of one turn, with the target's defaults for what it left out. Throws a
 * `GatewayError`: `unsupported_parameter` for what is no chat, `invalid_body` for a value of a wrong type.
 */
export function decodeGenerateRequest(
  source: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedRequest<'chat'> {
  const body = parseBody(source);
  for (const [name, advice] of Object.entries(UNSUPPORTED)) {
    if (isGiven(body[name])) throw unsupportedField(name, `'${name}' is not supported: ${advice}`);
  }
  const values = requestValues(body, params, OWN);
  const request = {
    messages: messagesOf(body),
    tools: [],
    toolChoice: null,
    parallelTools: null,
    ...readCommonParts(body, values),
    stream: source.facts.stream,
  };
  return { request, warnings: values.warnings, replyOptions: { includeUsage: true, legacyCalls: false } };
}

/** Clients send unused fields as null, false or empty. */
function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== '';
}

function messagesOf(body: JsonObject): ChatMessage[] {
  const turn: Part[] = [...textPart(body, 'prompt'), ...decodeImages(body['images'], 'images')];
  const system = textPart(body, 'system');
  return [
    ...(system.length === 0 ? [] : [{ role: 'system', parts: system } as const]),
    { role: 'user', parts: turn },
  ];
}

function textPart(body: JsonObject, name: string): Part[] {
  const text = body[name] ?? '';
  if (typeof text !== 'string') throw invalidField(name, 'a string');
  return text === '' ? [] : [{ type: 'text', text, cache: null }];
}

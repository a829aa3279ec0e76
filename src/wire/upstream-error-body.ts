import type { UpstreamError } from '../protocol/upstream-error.ts';
import { filledString, isJsonObject, type JsonObject } from './json/value.ts';

/** Longest message taken from a body that is not JSON, in characters. */
const MAX_TEXT_LENGTH = 500;

/** The message of an error without words. */
export const NO_REASON = 'the upstream gave no reason';

/**
 * Parses an upstream's error body in any known envelope (wire case 166): OpenAI's and Anthropic's
 * `{"error":{…}}`, `{"error":"text"}`, old vLLM's `{"object":"error",…}`, FastAPI's `{"detail":…}`, Google's
 * one-element array, `{"errors":[…]}`, `{"code":…,"msg":"…"}`, HTML, plain text, or an empty body. A numeric `code` becomes a string. Never throws.
 */
export function readErrorBody(body: Buffer): UpstreamError {
  const text = body.toString('utf8').trim();
  if (text === '') return upstreamError(NO_REASON);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return upstreamError(
      oneLine(text.replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, ' ').replace(/<[^>]*>/g, ' ')),
    );
  }
  return readErrorValue(parsed) ?? upstreamError(oneLine(text));
}

/** `readErrorBody` for parsed JSON; null for an unknown envelope. */
function readErrorValue(value: unknown): UpstreamError | null {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first === '' ? null : upstreamError(first);
  if (!isJsonObject(first)) return null;
  const { error, detail } = first;
  if (typeof error === 'string' && error !== '') {
    return upstreamError(error, first['type'], first['code'], first['param']);
  }
  if (isJsonObject(error)) return readErrorFields(error);
  const failed = failedBase(first);
  if (failed !== null) return upstreamError(failed.message, null, failed.code);
  if (typeof first['message'] === 'string') return readErrorFields(first);
  const words = filledString(first['msg']) ?? filledString(first['error_msg']);
  if (words !== null) return upstreamError(words, first['type'], first['code'] ?? first['error_code']);
  if (Array.isArray(first['errors'])) return readErrorValue(first['errors']);
  if (typeof detail === 'string') return upstreamError(detail, first['type'], first['code']);
  if (detail !== undefined) return readDetails(detail);
  return null;
}

/** Is this reply or event an error, whatever its status? `"error": null` is not an error (wire case 13). */
export function reportsError(value: JsonObject): boolean {
  const { error } = value;
  if (value['object'] === 'error' || value['type'] === 'error' || failedBase(value) !== null) return true;
  if (typeof error === 'string' && error !== '') return true;
  return (isJsonObject(error) && Object.keys(error).length > 0) || isBareError(value);
}

/** The keys of everything that is not only an error, in any wire. */
const OF_REPLIES = [
  ...['id', 'object', 'type', 'model', 'choices', 'content', 'delta', 'message_stop', 'usage'],
  ...['data', 'embedding', 'embeddings', 'response', 'output', 'timings', 'input_tokens'],
] as const;

/**
 * An error with status 200 in the envelope of a gateway or a framework, which has no `error`: FastAPI's
 * `{"detail":"…"}`, SiliconFlow's `{"code":50501,"message":"System busy","data":null}`, `{"success":false,"message":"…"}`,
 * Cloudflare's `{"success":false,"errors":[{"message":"…"}]}`, Baidu's `{"error_code":18,"error_msg":"…"}`.
 */
function isBareError(value: JsonObject): boolean {
  if (OF_REPLIES.some((key) => value[key] !== undefined && value[key] !== null)) return false;
  const { detail, errors, success, code = value['error_code'] } = value;
  if (filledString(detail) !== null || (Array.isArray(detail) && detail.length > 0)) return true;
  if (Array.isArray(errors) && errors.length > 0) return true;
  const hasWords = ['message', 'msg', 'error_msg'].some((key) => filledString(value[key]) !== null);
  return hasWords && (success === false || !SUCCESS_CODES.has(code));
}

/** Codes of success, and no code at all. */
const SUCCESS_CODES: ReadonlySet<unknown> = new Set([
  undefined,
  null,
  0,
  200,
  '',
  '0',
  '200',
  'ok',
  'OK',
  'success',
]);

/**
 * MiniMax's status next to the reply, with HTTP status 200: `{"base_resp":{"status_code":1008,"status_msg":"insufficient
 * balance"}}` (MiniMax-AI/MiniMax-01#59); null if there is none, or 0, which is success.
 */
function failedBase({ base_resp: base }: JsonObject): { message: string; code: unknown } | null {
  if (!isJsonObject(base) || typeof base['status_code'] !== 'number' || base['status_code'] === 0)
    return null;
  const { status_msg: text, status_code: code } = base;
  return { message: typeof text === 'string' && text !== '' ? text : `status ${code}`, code };
}

function readErrorFields(fields: JsonObject): UpstreamError {
  const { message, details } = fields;
  const code = fields['code'] ?? (isJsonObject(details) ? details['error_code'] : null);
  const text = typeof message === 'string' && message !== '' ? message : oneLine(JSON.stringify(fields));
  return upstreamError(text, fields['type'], code, fields['param']);
}

/** FastAPI's validation errors: `[{"loc":["body","model"],"msg":"field required","type":"missing"}]`. */
function readDetails(detail: unknown): UpstreamError {
  const first: unknown = Array.isArray(detail) ? detail[0] : detail;
  if (!isJsonObject(first)) return upstreamError(oneLine(JSON.stringify(detail)));
  const { msg, loc } = first;
  const path = Array.isArray(loc) ? loc.filter((part) => part !== 'body').join('.') : null;
  if (typeof msg !== 'string') return upstreamError(oneLine(JSON.stringify(detail)));
  return upstreamError(msg, first['type'], null, path);
}

function upstreamError(
  message: string,
  type: unknown = null,
  code: unknown = null,
  param: unknown = null,
): UpstreamError {
  return { message, type: stringOrNull(type), code: stringOrNull(code), param: stringOrNull(param) };
}

function stringOrNull(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function oneLine(text: string): string {
  const line = text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim();
  if (line === '') return NO_REASON;
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH - 1)}…` : line;
}

import { elements, fields, flag, positive, text } from '../util/json-fields.ts';
import { wordsOf } from './practice-models.ts';

/** What a practice model reads of a chat request. */
export interface PracticeRequest {
  readonly model: string;
  /** The text of the last user message, on one line. */
  readonly question: string;
  /** What tools answered since the model last spoke. */
  readonly results: readonly PracticeResult[];
  readonly tools: readonly PracticeTool[];
  readonly toolChoice: PracticeChoice;
  /** May several tools be called at once? */
  readonly parallel: boolean;
  readonly format: PracticeFormat;
  readonly promptTokens: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Words; null when the caller sets no limit. */
  readonly maxTokens: number | null;
  readonly stop: readonly string[];
}

/** A function that may be called. */
export interface PracticeTool {
  readonly name: string;
  /** '' where there is none. */
  readonly description: string;
  /** JSON schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a tool answered; the name is '' where no call has the result's id. */
export interface PracticeResult {
  readonly name: string;
  readonly text: string;
}

/** Without tools it is `none`. */
export type PracticeChoice =
  { readonly type: 'auto' | 'none' | 'required' } | { readonly type: 'tool'; readonly name: string };

/** The shape that the answer must have. */
export type PracticeFormat =
  | { readonly type: 'text' | 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> };

/** A request that the practice server does not take, in the words of OpenAI's error envelope. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;

  constructor(status: number, message: string, param: string | null, code: string | null, type?: string) {
    super(message);
    this.status = status;
    this.param = param;
    this.code = code;
    this.type = type ?? 'invalid_request_error';
  }
}

/** Reads a chat request lightly. Throws `RefusedRequest` (400) for what no practice model could answer. */
export function readChatRequest(body: Buffer): PracticeRequest {
  const request = fields(parse(body));
  const messages = elements(request.messages)?.map(fields) ?? [];
  if (messages.length === 0) throw invalid('messages', 'must be an array with at least one message');
  const stream = request.stream ?? false;
  if (typeof stream !== 'boolean') throw invalid('stream', 'must be true or false');
  const texts = messages.map((message) => textOf(message.content));
  const lastQuestion = messages.findLastIndex((message) => message.role === 'user');
  const tools = readTools(request.tools);
  return {
    model: text(request.model) ?? '',
    question: (texts[lastQuestion] ?? '').replace(/\s+/g, ' ').trim(),
    results: readResults(messages),
    tools,
    toolChoice: readChoice(request.tool_choice ?? null, tools),
    parallel: flag(request.parallel_tool_calls) ?? true,
    format: readFormat(request.response_format ?? null),
    promptTokens: texts.reduce((sum, words) => sum + wordsOf(words).length, 0),
    stream,
    includeUsage: flag(fields(request.stream_options).include_usage) ?? false,
    maxTokens: readLimit(request),
    stop: readStop(request.stop),
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new RefusedRequest(400, 'The body is not JSON.', null, 'invalid_json');
  }
}

function readLimit(request: Readonly<Record<string, unknown>>): number | null {
  const name = (request.max_completion_tokens ?? null) === null ? 'max_tokens' : 'max_completion_tokens';
  const value = request[name] ?? null;
  if (value === null) return null;
  const limit = positive(value);
  if (limit === null || !Number.isInteger(limit)) throw invalid(name, 'must be a whole number above 0');
  return limit;
}

function readTools(value: unknown): readonly PracticeTool[] {
  return (elements(value) ?? []).map((entry, index) => {
    const tool = fields(fields(entry).function);
    const name = text(tool.name);
    if (name === null) throw invalid(`tools[${index}]`, 'must be a function with a name');
    return { name, description: text(tool.description) ?? '', parameters: fields(tool.parameters) };
  });
}

function readChoice(value: unknown, tools: readonly PracticeTool[]): PracticeChoice {
  if (tools.length === 0) {
    if (value === null || value === 'none' || value === 'auto') return { type: 'none' };
    throw invalid('tool_choice', "needs 'tools'");
  }
  if (value === null) return { type: 'auto' };
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value };
  const name = text(fields(fields(value).function).name);
  if (name !== null && tools.some((tool) => tool.name === name)) return { type: 'tool', name };
  throw invalid('tool_choice', "must be 'auto', 'none', 'required' or one function of 'tools'");
}

function readFormat(value: unknown): PracticeFormat {
  if (value === null) return { type: 'text' };
  const { type, json_schema: wanted } = fields(value);
  if (type === 'text' || type === 'json_object') return { type };
  if (type === 'json_schema') return { type, schema: fields(fields(wanted).schema) };
  throw invalid('response_format', "must be of type 'text', 'json_object' or 'json_schema'");
}

/** The results behind the last answer of the model, with the names of the tools that gave them. */
function readResults(messages: readonly Readonly<Record<string, unknown>>[]): readonly PracticeResult[] {
  const lastAnswer = messages.findLastIndex((message) => message.role === 'assistant');
  const calls = (elements(messages[lastAnswer]?.tool_calls) ?? []).map(fields);
  const results = messages.slice(lastAnswer + 1).filter((message) => message.role === 'tool');
  return results.map((result) => {
    const call = calls.find(({ id }) => id === result.tool_call_id);
    return { name: text(fields(call?.function).name) ?? '', text: textOf(result.content) };
  });
}

function readStop(value: unknown): readonly string[] {
  const all = elements(value) ?? [value];
  return all.filter((stop): stop is string => text(stop) !== null);
}

/** Content is a string or parts; only text parts have words. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = elements(content) ?? [];
  return parts.map((part) => text(fields(part).text) ?? '').join(' ');
}

function invalid(param: string, problem: string): RefusedRequest {
  return new RefusedRequest(400, `'${param}' ${problem}.`, param, null);
}

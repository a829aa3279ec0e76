import { elements, fields, flag, positive, text } from '../util/json-fields.ts';
import { wordsOf } from './practice-models.ts';
import { textBlocks, typedText } from './typed-text.ts';

/** The parts of a chat request that a practice model uses. */
export interface PracticeRequest {
  readonly model: string;
  /** What the user typed last, on one line. */
  readonly question: string;
  /** Tool results since the model's last message. */
  readonly results: readonly PracticeResult[];
  /** Names of the tools called since the model's last answer without calls. */
  readonly called: readonly string[];
  /** The conversation has an answer of the model. */
  readonly begun: boolean;
  readonly tools: readonly PracticeTool[];
  readonly toolChoice: PracticeChoice;
  /** Several tools may be called at once. */
  readonly parallel: boolean;
  readonly format: PracticeFormat;
  readonly promptTokens: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Limit of the reply in words; null: no limit. */
  readonly maxTokens: number | null;
  readonly stop: readonly string[];
}

/** A function that may be called. */
export interface PracticeTool {
  readonly name: string;
  /** JSON schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A tool's result; the name is '' when no call has the result's id. */
export interface PracticeResult {
  readonly name: string;
  readonly text: string;
}

/** `none` for a request without tools. */
export type PracticeChoice =
  { readonly type: 'auto' | 'none' | 'required' } | { readonly type: 'tool'; readonly name: string };

/** The requested format of the answer. */
export type PracticeFormat =
  | { readonly type: 'text' | 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> };

/** A request that the practice server rejects, with the fields of OpenAI's error envelope. */
export class RejectedRequest extends Error {
  override readonly name = 'RejectedRequest';
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

/** Parses a chat request, with little validation. Throws `RejectedRequest` (400) if no practice model can answer it. */
export function readChatRequest(body: Buffer): PracticeRequest {
  const request = fields(parse(body));
  const messages = elements(request.messages)?.map(fields) ?? [];
  if (messages.length === 0) throw invalid('messages', 'must be an array with at least one message');
  const stream = request.stream ?? false;
  if (typeof stream !== 'boolean') throw invalid('stream', 'must be true or false');
  const texts = messages.map((message) => textOf(message.content));
  const tools = readTools(request.tools);
  return {
    model: text(request.model) ?? '',
    question: typedText(messages).replace(/\s+/g, ' '),
    results: readResults(messages),
    called: readCalled(messages),
    begun: messages.some(({ role }) => role === 'assistant'),
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
    throw new RejectedRequest(400, 'The body is not JSON.', null, 'invalid_json');
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
    return { name, parameters: fields(tool.parameters) };
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
  const { type, json_schema: definition } = fields(value);
  if (type === 'text' || type === 'json_object') return { type };
  if (type === 'json_schema') return { type, schema: fields(fields(definition).schema) };
  throw invalid('response_format', "must be of type 'text', 'json_object' or 'json_schema'");
}

/** The results after the model's last answer, with the names of their tools. */
function readResults(messages: readonly Readonly<Record<string, unknown>>[]): readonly PracticeResult[] {
  const lastAnswer = messages.findLastIndex((message) => message.role === 'assistant');
  const calls = callsOf(messages[lastAnswer]);
  const results = messages.slice(lastAnswer + 1).filter((message) => message.role === 'tool');
  return results.map((result) => {
    const call = calls.find(({ id }) => id === result.tool_call_id);
    return { name: text(fields(call?.function).name) ?? '', text: textOf(result.content) };
  });
}

function readCalled(messages: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const lastAnswer = messages.findLastIndex(
    (message) => message.role === 'assistant' && callsOf(message).length === 0,
  );
  const calls = messages.slice(lastAnswer + 1).flatMap(callsOf);
  return calls.map((call) => text(fields(call.function).name) ?? '');
}

function callsOf(
  message: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>>[] {
  return (elements(message?.tool_calls) ?? []).map(fields);
}

function readStop(value: unknown): readonly string[] {
  const all = elements(value) ?? [value];
  return all.filter((stop): stop is string => text(stop) !== null);
}

function textOf(content: unknown): string {
  return textBlocks(content).join(' ');
}

function invalid(param: string, problem: string): RejectedRequest {
  return new RejectedRequest(400, `'${param}' ${problem}.`, param, null);
}

import { chunk, head, json, lastChunk } from '../support/fake-replies.ts';
import type { FakeRequest, Reply } from '../support/fake-upstream.ts';
import {
  answerTo,
  BROKE,
  FAIL_BEFORE,
  FAIL_WITHIN,
  keysOf,
  pieces,
  REFUSAL,
  type Answer,
  type Schema,
  type Seen,
} from './answers.ts';
import { OLLAMA, openAiReply } from './openai-upstream.ts';

/** Of a request of `/api/chat`. */
interface Body {
  readonly stream?: boolean;
  readonly messages: readonly {
    readonly role: string;
    readonly content?: string;
    readonly images?: readonly string[];
    readonly tool_calls?: readonly { readonly function: { readonly arguments: unknown } }[];
  }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters?: Schema } }[];
  readonly format?: 'json' | Schema;
  readonly think?: boolean | string;
}

const NAME = 'm:latest';
const HEAD = { model: NAME, created_at: '2027-01-15T08:00:00.000000000Z' };
const COUNTS = {
  total_duration: 900_000_000,
  load_duration: 100_000_000,
  prompt_eval_count: 21,
  prompt_eval_duration: 300_000_000,
  eval_count: 7,
  eval_duration: 500_000_000,
};
const DETAILS = {
  parent_model: '',
  format: 'gguf',
  family: 'llama',
  families: ['llama'],
  parameter_size: '1B',
  quantization_level: 'Q4_0',
};
const ENTRY = { name: NAME, model: NAME, size: 1_000_000, digest: 'd1'.repeat(32), details: DETAILS };

/** The calls that Ollama answers beside chats. */
const CALLS: Readonly<Record<string, object>> = {
  'GET /api/version': { version: '0.17.4' },
  'GET /api/tags': { models: [{ ...ENTRY, modified_at: '2027-01-01T00:00:00Z' }] },
  'GET /api/ps': {
    models: [{ ...ENTRY, expires_at: '2027-01-15T09:00:00Z', size_vram: 1_000_000, context_length: 32_768 }],
  },
  'POST /api/show': {
    modelfile: '',
    parameters: '',
    template: '{{ .Prompt }}',
    details: DETAILS,
    model_info: { 'general.architecture': 'llama', 'llama.context_length': 32_768 },
    capabilities: ['completion', 'tools', 'vision', 'thinking'],
    modified_at: '2027-01-01T00:00:00Z',
  },
};

/**
 * Answers as Ollama: `/api/chat` as its docs/api.md and api/types.go have it (a stream unless the request says no,
 * lines of JSON, arguments as objects, images as bare base64, counts in the last line, an error as a line of the
 * stream), `/v1/chat/completions` in OpenAI's wire, and the calls that list and describe its one model `m:latest`.
 */
export function ollamaUpstream(request: FakeRequest): Reply {
  const call = `${request.method} ${request.path}`;
  if (call === 'POST /v1/chat/completions') return openAiReply(request, OLLAMA);
  if (call === 'POST /api/chat') return chat(request.json() as Body);
  const answer = CALLS[call];
  return answer === undefined ? json(404, { error: `no such call: ${call}` }) : json(200, answer);
}

function chat(body: Body): Reply {
  const seen = look(body);
  const fault = faultOf(body);
  if (fault !== null || seen.question.includes(FAIL_BEFORE)) return json(400, { error: fault ?? REFUSAL });
  if (body.stream === false) return json(200, { ...line(wholeTurn(answerTo(seen))), ...LAST });
  if (!seen.question.includes(FAIL_WITHIN)) return lines(streamed(answerTo(seen)));
  return lines([line({ content: 'Hello' }), { error: BROKE }]);
}

function look({ messages, tools, format, think }: Body): Seen {
  return {
    question: messages.findLast(({ role }) => role === 'user')?.content ?? '',
    tools: tools?.map(({ function: { name, parameters } }) => ({ name, keys: keysOf(parameters) })) ?? [],
    results: messages.flatMap(({ role, content }) => (role === 'tool' ? [content ?? ''] : [])),
    pictures: messages.flatMap(({ images }) => images?.map(mediaType) ?? []),
    schema: typeof format === 'object' ? keysOf(format) : [],
    thinks: think !== undefined && think !== false,
    signatures: [],
  };
}

/** By the first bytes, as Ollama does: the wire has no media type. */
function mediaType(picture: string): string {
  return Buffer.from(picture, 'base64').toString('latin1').startsWith('\u0089PNG') ? 'image/png' : 'unknown';
}

/** What Go's decoder refuses. */
function faultOf({ messages }: Body): string | null {
  for (const { content, tool_calls: calls } of messages) {
    if (content !== undefined && typeof content !== 'string') {
      return 'json: cannot unmarshal array into Go struct field ChatRequest.messages of type string';
    }
    const texts = calls?.some(({ function: { arguments: input } }) => typeof input !== 'object') ?? false;
    if (texts) return "Value looks like object, but can't find closing '}' symbol";
  }
  return null;
}

const LAST = { done: true, done_reason: 'stop', ...COUNTS };

function line(message: object): object {
  return { ...HEAD, message: { role: 'assistant', content: '', ...message }, done: false };
}

function toolCalls({ calls }: Answer): object[] {
  return calls.map(({ id, name, input }, index) => ({ id, function: { index, name, arguments: input } }));
}

function wholeTurn(answer: Answer): object {
  return {
    content: answer.text ?? '',
    ...(answer.thinking === null ? {} : { thinking: answer.thinking }),
    ...(answer.calls.length === 0 ? {} : { tool_calls: toolCalls(answer) }),
  };
}

function streamed(answer: Answer): object[] {
  return [
    ...pieces(answer.thinking ?? '').map((thinking) => line({ thinking })),
    ...pieces(answer.text ?? '').map((content) => line({ content })),
    ...toolCalls(answer).map((call) => line({ tool_calls: [call] })),
    { ...line({}), ...LAST },
  ];
}

function lines(values: readonly object[]): Reply {
  return [
    head(200, { 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' }),
    ...values.map((value) => chunk(`${JSON.stringify(value)}\n`)),
    lastChunk(),
  ];
}

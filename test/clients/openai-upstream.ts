import { json, sse } from '../support/fake-replies.ts';
import type { FakeRequest, Reply } from '../support/fake-upstream.ts';
import {
  answerTo,
  BROKE,
  FAIL_BEFORE,
  FAIL_WITHIN,
  pieces,
  REFUSAL,
  keysOf,
  type Answer,
  type Schema,
  type Seen,
} from './answers.ts';

/** Of a request for a chat completion. */
interface Body {
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages: readonly {
    readonly role: string;
    readonly content:
      string | null | readonly { readonly text?: string; readonly image_url?: { readonly url: string } }[];
    readonly tool_calls?: readonly { readonly id: string }[];
    readonly tool_call_id?: string;
  }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters?: Schema } }[];
  readonly response_format?: { readonly json_schema?: { readonly schema: Schema } };
  readonly reasoning_effort?: string;
}

const HEAD = { id: 'chatcmpl-1', created: 1_800_000_000, model: 'm' };
const USAGE = { prompt_tokens: 21, completion_tokens: 7, total_tokens: 28 };

/** In what servers of this wire differ. */
export interface Style {
  readonly usage: object;
  /** The field of a turn's thinking. */
  readonly thought: string;
  /** Whether its models think unless they are asked not to; here, if the question is about thinking. */
  readonly thinksUnasked: boolean;
}

const OPENAI: Style = {
  usage: { ...USAGE, prompt_tokens_details: { cached_tokens: 4 } },
  thought: 'reasoning_content',
  thinksUnasked: false,
};

/** Ollama's `/v1` (its openai/openai.go): no details of the usage, and models think by default (wire case 156). */
export const OLLAMA: Style = { usage: USAGE, thought: 'reasoning', thinksUnasked: true };

/**
 * Answers as a server of OpenAI's chat wire: shapes of developers.openai.com/api/reference/chat-completions (reply,
 * chunks with the usage behind the finish); thinking in `reasoning_content` as vLLM and llama.cpp have it
 * (docs.vllm.ai, reasoning outputs); an error within a stream as an event of its own (wire case 12).
 */
export function openAiUpstream(request: FakeRequest): Reply {
  return openAiReply(request, OPENAI);
}

/** The same in the style of one server. */
export function openAiReply(request: FakeRequest, style: Style): Reply {
  const body = request.json() as Body;
  const seen = look(body, style);
  const fault = faultOf(body);
  if (fault !== null || seen.question.includes(FAIL_BEFORE)) {
    const error = { message: fault ?? REFUSAL, type: 'invalid_request_error', param: 'messages', code: null };
    return json(400, { error });
  }
  if (body.stream !== true) return json(200, whole(answerTo(seen), style));
  if (seen.question.includes(FAIL_WITHIN)) {
    const error = { message: BROKE, type: 'server_error', param: null, code: null };
    return sse([
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hello' }),
      JSON.stringify({ error }),
    ]);
  }
  return sse(streamed(answerTo(seen), style, body.stream_options?.include_usage === true));
}

const ABOUT_THINKING = /^(?:Think!|And again)$/;

function look(body: Body, { thinksUnasked }: Style): Seen {
  const { messages, tools, response_format: format, reasoning_effort: effort } = body;
  const parts = messages.flatMap(({ role, content }) =>
    role === 'user' && Array.isArray(content) ? content : [],
  );
  const texts = messages.flatMap(({ role, content }) => {
    if (role !== 'user' || content === null) return [];
    return typeof content === 'string' ? [content] : content.flatMap(({ text }) => text ?? []);
  });
  const question = texts.at(-1) ?? '';
  return {
    question,
    tools: tools?.map(({ function: { name, parameters } }) => ({ name, keys: keysOf(parameters) })) ?? [],
    results: messages.flatMap(({ role, content }) =>
      role === 'tool' && typeof content === 'string' ? [content] : [],
    ),
    pictures: parts.flatMap(
      ({ image_url: image }) => /^data:([^;]+);base64,./.exec(image?.url ?? '')?.[1] ?? [],
    ),
    schema: keysOf(format?.json_schema?.schema),
    thinks: effort === undefined ? thinksUnasked && ABOUT_THINKING.test(question) : effort !== 'none',
    signatures: [],
  };
}

/** OpenAI's own check: results stand right behind the calls that they answer. */
function faultOf({ messages }: Body): string | null {
  let open: string[] = [];
  for (const { role, tool_calls: calls, tool_call_id: id } of messages) {
    if (role === 'tool') {
      if (id === undefined || !open.includes(id)) return `no call has the id '${id ?? ''}'`;
      open = open.filter((other) => other !== id);
    } else if (open.length > 0) return `calls without a result: ${open.join(', ')}`;
    else open = calls?.map((call) => call.id) ?? [];
  }
  return null;
}

function toolCalls({ calls }: Answer): object[] {
  return calls.map(({ id, name, input }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
}

function whole(answer: Answer, { usage, thought }: Style): object {
  const calls = toolCalls(answer);
  const message = {
    role: 'assistant',
    content: answer.text,
    refusal: null,
    ...(answer.thinking === null ? {} : { [thought]: answer.thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const finish = calls.length === 0 ? 'stop' : 'tool_calls';
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finish }];
  return { ...HEAD, object: 'chat.completion', choices, usage };
}

function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  return JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices });
}

function streamed(answer: Answer, { usage, thought }: Style, includeUsage: boolean): string[] {
  const events = [
    chunk({ role: 'assistant', content: answer.calls.length === 0 ? '' : null, refusal: null }),
  ];
  for (const piece of pieces(answer.thinking ?? '')) events.push(chunk({ [thought]: piece }));
  for (const piece of pieces(answer.text ?? '')) events.push(chunk({ content: piece }));
  for (const [index, { id, name, input }] of answer.calls.entries()) {
    const called = { name, arguments: '' };
    events.push(chunk({ tool_calls: [{ index, id, type: 'function', function: called }] }));
    for (const piece of pieces(JSON.stringify(input))) {
      events.push(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }));
    }
  }
  events.push(chunk({}, answer.calls.length === 0 ? 'stop' : 'tool_calls'));
  if (includeUsage) {
    events.push(JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage }));
  }
  return [...events, '[DONE]'];
}

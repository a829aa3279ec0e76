import { json, sse } from '../support/fake-replies.ts';
import type { FakeRequest, Reply } from '../support/fake-upstream.ts';
import {
  answerTo,
  BROKE,
  FAIL_BEFORE,
  FAIL_WITHIN,
  pieces,
  REFUSAL,
  type Answer,
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
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly response_format?: { readonly json_schema?: { readonly schema: { readonly properties: object } } };
  readonly reasoning_effort?: string;
}

const HEAD = { id: 'chatcmpl-1', created: 1_800_000_000, model: 'm' };
const USAGE = {
  prompt_tokens: 21,
  completion_tokens: 7,
  total_tokens: 28,
  prompt_tokens_details: { cached_tokens: 4 },
};

/**
 * Answers as a server of OpenAI's chat wire: shapes of developers.openai.com/api/reference/chat-completions (reply,
 * chunks with the usage behind the finish); thinking in `reasoning_content` as vLLM and llama.cpp have it
 * (docs.vllm.ai, reasoning outputs); an error within a stream as an event of its own (wire case 12).
 */
export function openAiUpstream(request: FakeRequest): Reply {
  const body = request.json() as Body;
  const seen = look(body);
  const fault = faultOf(body);
  if (fault !== null || seen.question.includes(FAIL_BEFORE)) {
    const error = { message: fault ?? REFUSAL, type: 'invalid_request_error', param: 'messages', code: null };
    return json(400, { error });
  }
  if (body.stream !== true) return json(200, whole(answerTo(seen)));
  if (seen.question.includes(FAIL_WITHIN)) {
    const error = { message: BROKE, type: 'server_error', param: null, code: null };
    return sse([
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hello' }),
      JSON.stringify({ error }),
    ]);
  }
  return sse(streamed(answerTo(seen), body.stream_options?.include_usage === true));
}

function look({ messages, tools, response_format: format, reasoning_effort: effort }: Body): Seen {
  const parts = messages.flatMap(({ role, content }) =>
    role === 'user' && Array.isArray(content) ? content : [],
  );
  const texts = messages.flatMap(({ role, content }) => {
    if (role !== 'user' || content === null) return [];
    return typeof content === 'string' ? [content] : content.flatMap(({ text }) => text ?? []);
  });
  return {
    question: texts.at(-1) ?? '',
    tools: tools?.map(({ function: { name } }) => name) ?? [],
    results: messages.flatMap(({ role, content }) =>
      role === 'tool' && typeof content === 'string' ? [content] : [],
    ),
    pictures: parts.flatMap(
      ({ image_url: image }) => /^data:([^;]+);base64,./.exec(image?.url ?? '')?.[1] ?? [],
    ),
    schema: Object.keys(format?.json_schema?.schema.properties ?? {}),
    thinks: effort !== undefined && effort !== 'none',
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

function whole(answer: Answer): object {
  const calls = toolCalls(answer);
  const message = {
    role: 'assistant',
    content: answer.text,
    refusal: null,
    ...(answer.thinking === null ? {} : { reasoning_content: answer.thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const finish = calls.length === 0 ? 'stop' : 'tool_calls';
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finish }];
  return { ...HEAD, object: 'chat.completion', choices, usage: USAGE };
}

function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  return JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices });
}

function streamed(answer: Answer, includeUsage: boolean): string[] {
  const events = [
    chunk({ role: 'assistant', content: answer.calls.length === 0 ? '' : null, refusal: null }),
  ];
  for (const piece of pieces(answer.thinking ?? '')) events.push(chunk({ reasoning_content: piece }));
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
    events.push(JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: USAGE }));
  }
  return [...events, '[DONE]'];
}

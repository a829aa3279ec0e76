import { json } from '../support/fake-replies.ts';
import type { FakeRequest, Reply } from '../support/fake-upstream.ts';
import { eventStream } from '../support/messages-replies.ts';
import {
  answerTo,
  BROKE,
  FAIL_BEFORE,
  FAIL_WITHIN,
  keysOf,
  REFUSAL,
  type Answer,
  type Schema,
  type Seen,
} from './answers.ts';
import { outputOf, ResponseEvents, type ResponseEnd } from './responses-events.ts';

interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: string | readonly { readonly text?: string; readonly image_url?: string }[];
  readonly call_id?: string;
  readonly output?: string | readonly { readonly text?: string }[];
  readonly encrypted_content?: string | null;
}

/** Of a request for a response. */
interface Body {
  readonly stream?: boolean;
  readonly input: string | readonly Item[];
  readonly tools?: readonly { readonly name?: string; readonly parameters?: Schema | null }[];
  readonly text?: { readonly format?: { readonly schema?: Schema } };
  readonly reasoning?: { readonly effort?: string | null; readonly summary?: string | null } | null;
  readonly include?: readonly string[] | null;
}

/** Words in a question that end a response in another way than with its answer. */
export const ENDS: Readonly<Record<string, ResponseEnd>> = {
  'refuse that': 'refusal',
  'stop at the limit': 'incomplete',
  'fail as a response': 'failed',
};

/**
 * Answers as OpenAI's Responses API: the shapes and the order of events of
 * developers.openai.com/api/reference/resources/responses; thinking as a summary only if the request asks for one, and
 * encrypted only if `include` names it; a result without its call is refused, and so is any other path.
 */
export function responsesUpstream(request: FakeRequest): Reply {
  if (request.path !== '/v1/responses') {
    const error = { message: `Invalid URL (POST ${request.path})`, type: 'invalid_request_error' };
    return json(404, { error });
  }
  const body = request.json() as Body;
  const items = itemsOf(body);
  const seen = look(body, items);
  const fault = faultOf(items);
  if (fault !== null || seen.question.includes(FAIL_BEFORE)) {
    const error = { message: fault ?? REFUSAL, type: 'invalid_request_error', param: 'input', code: null };
    return json(400, { error });
  }
  const end = Object.entries(ENDS).find(([words]) => seen.question.includes(words))?.[1] ?? 'completed';
  const breaks = body.stream === true && seen.question.includes(FAIL_WITHIN);
  const output = outputOf(breaks ? TOO_LONG : answerTo(seen), end, {
    summary: typeof body.reasoning?.summary === 'string',
    encrypted: body.include?.includes('reasoning.encrypted_content') === true,
  });
  const events = new ResponseEvents(request.json() as object, output, end);
  if (body.stream !== true) return json(200, events.whole());
  return eventStream(breaks ? events.brokenOff(BROKE) : events.all());
}

const TOO_LONG: Answer = { thinking: null, text: 'Hello, this breaks off', calls: [] };

function itemsOf({ input }: Body): readonly Item[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : input;
}

function look({ tools, text, reasoning }: Body, items: readonly Item[]): Seen {
  const parts = items.flatMap(({ role, content }) => {
    if (role !== 'user' || content === undefined) return [];
    return typeof content === 'string' ? [{ text: content }] : content;
  });
  const effort = reasoning?.effort ?? null;
  return {
    question: parts.flatMap((part) => part.text ?? []).at(-1) ?? '',
    tools: tools?.map(({ name = '', parameters }) => ({ name, keys: keysOf(parameters) })) ?? [],
    results: items.flatMap(({ type, output }) => (type === 'function_call_output' ? [textOf(output)] : [])),
    pictures: parts.flatMap((part) =>
      'image_url' in part ? (/^data:([^;]+);base64,./.exec(part.image_url ?? '')?.[1] ?? []) : [],
    ),
    schema: keysOf(text?.format?.schema),
    // A model that cannot switch its thinking off gets the lowest effort even from a client that wants none.
    thinks: effort !== null && effort !== 'none' && parts.some(({ text: said }) => said?.startsWith('Think')),
    signatures: items.flatMap(({ type, encrypted_content: sealed }) =>
      type === 'reasoning' ? (sealed ?? []) : [],
    ),
  };
}

function textOf(output: Item['output']): string {
  if (output === undefined || typeof output === 'string') return output ?? '';
  return output.map(({ text }) => text ?? '').join('');
}

/** OpenAI's own check of calls and results. */
function faultOf(items: readonly Item[]): string | null {
  const open = new Set<string>();
  for (const { type, call_id: id = '' } of items) {
    if (type === 'function_call') open.add(id);
    else if (type === 'function_call_output' && !open.delete(id)) {
      return `No tool call found for function call output with call_id ${id}.`;
    }
  }
  const [left] = open;
  return left === undefined ? null : `No tool output found for function call ${left}.`;
}

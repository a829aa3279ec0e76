import {
  isJson,
  parseObject,
  UnreadableReply,
  type Json,
  type ReplyContent,
} from '../odd-streams/reply-content.ts';
import { readMessagesStream } from '../odd-streams/messages-client.ts';
import { readResponsesStream } from '../odd-streams/responses-client.ts';

/** What one server answers to the same questions in one wire, its own or translated. */
export interface Answers {
  /** A text of a few tokens, whole and streamed, and one that the limit cuts. */
  readonly whole: string;
  readonly stream: string;
  readonly cut: string;
  readonly cutStream: string;
  /** A call of a tool, whole and streamed. */
  readonly call: string;
  readonly callStream: string;
  /** An answer that must match a JSON schema with the integer `a`. */
  readonly schema: string;
  /** The error for a prompt that is longer than the window. */
  readonly overflow: { readonly status: number; readonly body: string };
}

/** A rule that clients depend on: its name, and what is wrong; null: nothing. */
type Rule = readonly [name: string, broken: (answers: Answers) => boolean | string];

/** The names of the rules that the answers break. A reply that a strict client cannot read breaks the rule, too. */
export function brokenRules(rules: readonly Rule[], answers: Answers): string[] {
  return rules.flatMap(([name, broken]) => {
    try {
      const found = broken(answers);
      if (found === false) return [];
      return [found === true ? name : `${name}: ${found}`];
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

const readable =
  (read: (output: string) => ReplyContent, pick: (answers: Answers) => string) =>
  (answers: Answers): string | false => {
    try {
      read(pick(answers));
      return false;
    } catch (error) {
      if (error instanceof UnreadableReply) return error.message;
      throw error;
    }
  };

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const lastData = (stream: string): Json =>
  parseObject(
    stream
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .at(-1)
      ?.slice('data: '.length) ?? '{}',
  );

/** Of the Messages API (wire cases 121 to 142). */
export const MESSAGES_RULES: readonly Rule[] = [
  ['a stream that the SDK can read', readable(readMessagesStream, ({ stream }) => stream)],
  ['a streamed call that the SDK can read', readable(readMessagesStream, ({ callStream }) => callStream)],
  ['ids of messages begin with msg_', ({ whole }) => !String(parseObject(whole)['id']).startsWith('msg_')],
  ['a cut reply says max_tokens', ({ cut }) => parseObject(cut)['stop_reason'] !== 'max_tokens'],
  ['a cut stream says max_tokens', ({ cutStream }) => !cutStream.includes('"max_tokens"')],
  [
    'a call ends in tool_use',
    ({ call }) =>
      parseObject(call)['stop_reason'] !== 'tool_use' ||
      !list(parseObject(call)['content']).some(({ type }) => type === 'tool_use'),
  ],
  [
    'an answer keeps to its schema',
    ({ schema }) => !matches(list(parseObject(schema)['content'])[0]?.['text']),
  ],
  [
    'an error has the envelope of this API',
    ({ overflow: { status, body } }) => status !== 400 || parseObject(body)['type'] !== 'error',
  ],
];

/** Keys of a response that OpenAI's types require, if only as null (wire case 180). */
const REQUIRED = [
  ...[
    'id',
    'object',
    'created_at',
    'status',
    'error',
    'incomplete_details',
    'instructions',
    'metadata',
    'model',
  ],
  ...['output', 'parallel_tool_calls', 'temperature', 'tool_choice', 'tools', 'top_p'],
];

/** Of the Responses API (wire cases 180 to 184). */
export const RESPONSES_RULES: readonly Rule[] = [
  ['a stream that SDK and Codex can read', readable(readResponsesStream, ({ stream }) => stream)],
  [
    'a streamed call that SDK and Codex can read',
    readable(readResponsesStream, ({ callStream }) => callStream),
  ],
  ['a cut reply is incomplete', ({ cut }) => parseObject(cut)['status'] !== 'incomplete'],
  [
    'a cut stream ends in response.incomplete',
    ({ cutStream }) => lastData(cutStream)['type'] !== 'response.incomplete',
  ],
  [
    'all required keys',
    ({ whole }) => {
      const missing = REQUIRED.filter((key) => parseObject(whole)[key] === undefined);
      return missing.length === 0 ? false : missing.join(', ');
    },
  ],
  [
    'usage with its details',
    ({ whole }) => {
      const { usage } = parseObject(whole);
      return (
        !isJson(usage) || !isJson(usage['input_tokens_details']) || !isJson(usage['output_tokens_details'])
      );
    },
  ],
  [
    'a call with an id of its own',
    ({ call }) => {
      const item = list(parseObject(call)['output']).find(({ type }) => type === 'function_call');
      return item === undefined || item['call_id'] === item['id'];
    },
  ],
  [
    'an answer keeps to its schema',
    ({ schema }) => {
      const item = list(parseObject(schema)['output']).find(({ type }) => type === 'message');
      return !matches(list(item?.['content'])[0]?.['text']);
    },
  ],
  [
    'an error with a code in words',
    ({ overflow: { status, body } }) => {
      const { error } = parseObject(body);
      return status !== 400 || !isJson(error) || typeof error['code'] === 'number';
    },
  ],
];

function matches(text: unknown): boolean {
  const value = parseObject(String(text));
  return Number.isInteger(value['a']);
}

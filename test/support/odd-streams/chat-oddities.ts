import { bareChunk, chunkOf, DONE, ownerOf, type ChatDraft, type Chunk, type Delta } from './chat-draft.ts';
import { CALL_ODDITIES } from './chat-call-oddities.ts';
import { ANY, odd, type Oddity } from './oddity.ts';

type ChatOddity = Oddity<ChatDraft>;

const ERROR = { message: 'out of memory', type: 'server_error', param: null, code: 500 };
const GARBAGE = [
  'data: {"id":\n\n',
  'data: <html>\n\n',
  'data: 7\n\n',
  'data: [{"error":1}]\n\n',
  'proxy error: x\n\n',
];
const TEXT = { text: 2 };

function each<Item extends object>(items: readonly Item[], changes: object): void {
  for (const item of items) Object.assign(item, changes);
}

/** `delta` under another key. */
function renamed(draft: ChatDraft, every: number): void {
  draft.choices().forEach((choice, place) => {
    if (place % every !== 0 || choice.delta === undefined) return;
    choice.message = choice.delta;
    delete choice.delta;
  });
}

/** Perplexity sends the whole message so far next to each delta. */
function withMessageSoFar(draft: ChatDraft): void {
  let content = '';
  for (const choice of draft.choices()) {
    if (typeof choice.delta?.['content'] === 'string') content += choice.delta['content'];
    choice.message = { role: 'assistant', content };
  }
}

function asParts(deltas: readonly Delta[]): void {
  for (const delta of deltas) delta['content'] = [{ type: 'text', text: delta['content'] }];
}

/** Merges one delta into another and drops its chunk. */
function joined(draft: ChatDraft, from: Delta | undefined, into: Delta | undefined): void {
  if (from === undefined || into === undefined) return;
  Object.assign(into, from);
  draft.items = draft.items.filter(
    (item) => typeof item === 'string' || !(item.choices ?? []).some(({ delta }) => delta === from),
  );
}

/** Moves the finish reason into the preceding chunk. */
function finishWithContent(draft: ChatDraft): void {
  const place = draft.finishPlace();
  const finish = draft.finishChoice();
  const before = draft.choices().at(draft.choices().indexOf(finish!) - 1);
  if (finish === undefined || before === undefined || before === finish) return;
  before.finish_reason = finish.finish_reason;
  draft.items.splice(place, 1);
}

const SHAPE: readonly ChatOddity[] = [
  odd('role in every delta', ANY, (draft) => {
    each(draft.deltas(), { role: 'assistant' });
  }),
  odd('no role', ANY, (draft) => {
    for (const delta of draft.deltas()) delete delta['role'];
  }),
  odd('role late', ANY, (draft) => {
    for (const delta of draft.deltas()) delete delta['role'];
    Object.assign(draft.deltas().at(-1) ?? {}, { role: 'assistant' });
  }),
  odd('role null', ANY, (draft) => {
    each(draft.deltas(), { role: null });
  }),
  odd('no first chunk', ANY, (draft) => {
    draft.items.shift();
  }),
  odd('first content null', ANY, (draft) => {
    each(draft.deltas().slice(0, 1), { content: null });
  }),
  odd('first content missing', ANY, (draft) => {
    for (const delta of draft.deltas().slice(0, 1)) delete delta['content'];
  }),
  odd('content null or empty beside everything', ANY, (draft, turn) => {
    for (const delta of draft.deltas()) delta['content'] ??= turn % 2 === 0 ? null : '';
  }),
  odd('empty delta', ANY, (draft, turn) => {
    draft.insertBefore(chunkOf({}), turn);
  }),
  odd('message in place of delta', ANY, (draft, turn) => {
    renamed(draft, 1 + (turn % 2));
  }),
  odd('text of a completion in place of delta', TEXT, (draft, turn) => {
    draft.choices().forEach((choice, place) => {
      if (place % (1 + (turn % 2)) !== 0 || typeof choice.delta?.['content'] !== 'string') return;
      choice['text'] = choice.delta['content'];
      delete choice.delta;
    });
  }),
  odd('message so far beside delta', TEXT, withMessageSoFar),
  odd('content as parts', TEXT, (draft, turn) => {
    asParts(draft.textDeltas().slice(turn % 2));
  }),
  odd('content as one part, an object or a number', TEXT, (draft, turn) => {
    for (const delta of draft.textDeltas()) {
      delta['content'] = [{ type: 'text', text: delta['content'] }, { answer: 7 }, 7, true][turn % 4];
    }
  }),
  odd('thinking as a part of content', { thinking: 1 }, (draft) => {
    for (const delta of draft.deltas()) {
      const thinking = delta['reasoning_content'];
      if (typeof thinking !== 'string') continue;
      delete delta['reasoning_content'];
      delta['content'] = [{ type: 'thinking', thinking: [{ type: 'text', text: thinking }] }];
    }
  }),
  odd('finish reason beside content', ANY, finishWithContent),
  odd('thinking and text in one delta', { thinking: 1, text: 1 }, (draft) => {
    const thinking = draft.deltas().filter((delta) => typeof delta['reasoning_content'] === 'string');
    joined(draft, thinking.at(-1), draft.textDeltas()[0]);
  }),
  odd('thinking after text', TEXT, (draft, turn) => {
    draft.insertBefore(chunkOf({ reasoning_content: 'late thought' }), turn + 3);
  }),
  odd('obfuscation', ANY, (draft) => {
    each(draft.chunks, { obfuscation: 'x7q' });
  }),
  odd('logprobs empty or null', ANY, (draft, turn) => {
    each(draft.choices(), { logprobs: turn % 2 === 0 ? {} : null });
  }),
];

const CHOICES: readonly ChatOddity[] = [
  odd('choices null, missing or empty', ANY, (draft, turn) => {
    const { choices: _, ...others } = bareChunk({});
    const shapes: object[] = [{ choices: null }, {}, { choices: [] }, { choices: [null] }];
    draft.insertBefore(`data: ${JSON.stringify({ ...others, ...shapes[turn % 4] })}\n\n`, turn);
  }),
  odd('choice without an index', ANY, (draft) => {
    for (const choice of draft.choices()) delete choice['index'];
  }),
  odd('another choice unfinished', { choices: 2 }, (draft) => {
    each(draft.choices(1), { finish_reason: null });
  }),
  odd('choices of one moment in one chunk', { choices: 2 }, (draft) => {
    const items: ChatDraft['items'] = [];
    for (const item of draft.items) {
      const last = items.at(-1);
      const second = typeof item === 'string' ? undefined : item.choices?.[0];
      const isSecond = second !== undefined && ownerOf(second) === 1;
      if (isSecond && typeof last === 'object' && last.choices?.length === 1) last.choices.push(second);
      else items.push(item);
    }
    draft.items = items;
  }),
  odd('prompt filter results first', ANY, (draft) => {
    const names = { id: '', object: '', created: 0, model: '' };
    draft.items.unshift(bareChunk({ ...names, prompt_filter_results: [{ prompt_index: 0 }] }));
  }),
];

function unfinished(draft: ChatDraft, change: (choice: Record<string, unknown>) => void): void {
  for (const choice of [...draft.choices(), ...draft.choices(1)]) {
    if (choice.finish_reason === null) change(choice);
  }
}

/** Repeats the finish chunk, with the same reason or another one. */
function finishAgain(draft: ChatDraft, reason: string | null): void {
  const first = draft.finishChoice();
  if (first === undefined) return;
  const word = reason ?? (first.finish_reason as string);
  draft.items.splice(draft.finishPlace() + 1, 0, chunkOf({}, word));
}

const FINISH: readonly ChatOddity[] = [
  odd('finish reason empty before the end', ANY, (draft) => {
    unfinished(draft, (choice) => (choice['finish_reason'] = ''));
  }),
  odd('finish reason missing before the end', ANY, (draft) => {
    unfinished(draft, (choice) => delete choice['finish_reason']);
  }),
  odd('finish reason twice', ANY, (draft) => {
    finishAgain(draft, null);
  }),
  odd('two finish reasons', ANY, (draft, turn) => {
    finishAgain(draft, ['stop', 'length', 'content_filter'][turn % 3]!);
  }),
  odd('stop after calls', { calls: 1 }, (draft) => {
    each([draft.finishChoice() ?? {}], { finish_reason: 'stop' });
  }),
  odd('tool_calls without a call', { noCalls: true }, (draft, turn) => {
    each([draft.finishChoice() ?? {}], { finish_reason: ['tool_calls', 'function_call'][turn % 2] });
  }),
  odd('finish reason of the server’s own', ANY, (draft, turn) => {
    const words = ['eos', 'abort', 'error', 'MAX_TOKENS', 'sensitive', 'content_filter: SAFETY', 'ended'];
    each([draft.finishChoice() ?? {}], { finish_reason: words[turn % words.length] });
  }),
  odd('an error inside the choice', ANY, (draft, turn) => {
    const error = [{ code: 502, message: 'Provider connection lost' }, 'lost', null, {}][turn % 4];
    const all = draft.choices();
    each([(turn % 3 === 0 ? draft.finishChoice() : all[turn % Math.max(1, all.length)]) ?? {}], { error });
  }),
  odd('no finish reason', ANY, (draft) => {
    each([draft.finishChoice() ?? {}], { finish_reason: null });
  }),
  odd('finish without delta', ANY, (draft, turn) => {
    const finish = draft.finishChoice();
    if (turn % 2 === 0) each([finish ?? {}], { delta: null });
    else delete finish?.delta;
  }),
  odd('delta null before the end', ANY, (draft, turn) => {
    const chunk = chunkOf({});
    each(chunk.choices ?? [], { delta: null });
    draft.insertBefore(chunk, turn);
  }),
  odd('text after the finish', ANY, (draft, turn) => {
    draft.insertAfter(chunkOf({ content: 'late' }), turn % 2);
  }),
];

/** A top-level key that cycles through the values; undefined removes it. */
function varied(name: string, values: readonly unknown[]): ChatOddity {
  return odd(`${name} changes, is empty or missing`, ANY, (draft, turn) => {
    draft.chunks.forEach((chunk, place) => {
      const value = values[(place + turn) % values.length];
      if (value === undefined) delete chunk[name];
      else chunk[name] = value;
    });
  });
}

const isUsageChunk = ({ choices, usage: counts }: Chunk): boolean =>
  Array.isArray(choices) && choices.length === 0 && typeof counts === 'object' && counts !== null;

/** Removes the usage chunk and hands its counts to `place`. */
function movedUsage(draft: ChatDraft, place: (usage: Record<string, unknown>) => void): void {
  draft.items = draft.items.filter((item) => {
    if (typeof item === 'string' || !isUsageChunk(item)) return true;
    place(item['usage'] as Record<string, unknown>);
    return false;
  });
}

function finishChunk(draft: ChatDraft): Chunk {
  const item = draft.items[draft.finishPlace()];
  return typeof item === 'object' ? item : {};
}

const counted = (input: number, output: number): object => ({
  usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
});

function usage(name: string, draft: (draft: ChatDraft, turn: number) => void): ChatOddity {
  return odd(name, { usage: true }, draft);
}

const USAGE: readonly ChatOddity[] = [
  usage('usage on every chunk', (draft) => {
    draft.chunks.forEach((chunk, place) => {
      if (chunk['usage'] === undefined) Object.assign(chunk, counted(11, place));
    });
  }),
  usage('usage in the finish chunk', (draft) => {
    movedUsage(draft, (value) => Object.assign(finishChunk(draft), { usage: value }));
  }),
  usage('usage before the finish', (draft, turn) => {
    let before: Chunk | null = null;
    movedUsage(draft, (value) => {
      before = bareChunk({ usage: value });
    });
    if (before !== null) draft.insertBefore(before, turn);
  }),
  usage('usage in x_groq', (draft, turn) => {
    if (turn % 2 === 0) Object.assign(finishChunk(draft), { x_groq: { id: 'req', ...counted(11, 7) } });
    else
      movedUsage(draft, (value) =>
        Object.assign(finishChunk(draft), { x_groq: { id: 'req', usage: value } }),
      );
  }),
  usage('counts missing or null', (draft, turn) => {
    const partial = [
      { prompt_tokens: 11 },
      { completion_tokens: 7 },
      { prompt_tokens: null, completion_tokens: 7, total_tokens: 7 },
      { total_tokens: 18 },
      {},
    ];
    for (const chunk of draft.chunks) if (chunk['usage'] !== undefined) chunk['usage'] = partial[turn % 5];
  }),
  usage('total that is no sum', (draft) => {
    for (const { usage: value } of draft.chunks) Object.assign(value ?? {}, { total_tokens: 3 });
  }),
  usage('usage null before the end', (draft) => {
    for (const chunk of draft.chunks) chunk['usage'] ??= null;
  }),
  usage('usage again, with other counts or none', (draft, turn) => {
    const again = [counted(11, 9), { usage: {} }, { usage: null }, { usage: { completion_tokens: 9 } }];
    draft.insertAfter(bareChunk(again[turn % 4]!), turn);
  }),
  odd('timings in place of usage', ANY, (draft) => {
    movedUsage(draft, () => undefined);
    Object.assign(finishChunk(draft), { timings: { cache_n: 4, prompt_n: 7, predicted_n: 5 } });
  }),
];

const REASONING: readonly ChatOddity[] = [
  odd('thinking under the other name, both or in turns', { thinking: 2 }, (draft, turn) => {
    draft.deltas().forEach((delta, place) => {
      const { reasoning_content: text } = delta;
      if (typeof text !== 'string') return;
      const both = turn % 5;
      delta['reasoning'] = text;
      if (both === 0 || (both === 1 && place % 2 === 0)) delete delta['reasoning_content'];
      else if (both === 2) delta['reasoning_content'] = null;
      else if (both === 3) delta['reasoning_content'] = '';
    });
  }),
  odd('empty thinking beside text', TEXT, (draft, turn) => {
    const keys = [['reasoning_content'], ['reasoning'], ['reasoning', 'reasoning_content']][turn % 3]!;
    for (const delta of draft.textDeltas()) for (const key of keys) delta[key] = turn % 2 === 0 ? '' : null;
  }),
];

function reportsError(name: string, errors: readonly (string | object)[]): ChatOddity {
  return odd(name, ANY, (draft, turn) => {
    const error = errors[turn % errors.length]!;
    draft.items.splice(turn % draft.items.length, 0, typeof error === 'string' ? error : { ...error });
  });
}

const ERRORS: readonly ChatOddity[] = [
  odd('error without content in every chunk', ANY, (draft, turn) => {
    each(draft.chunks, { error: [null, {}, ''][turn % 3] });
  }),
  reportsError('error in a chunk', [
    { error: ERROR },
    { error: 'out of memory' },
    { object: 'error', ...ERROR },
  ]),
  reportsError('error in x_groq', [bareChunk({ x_groq: { id: 'req', error: 'over capacity' } })]),
  reportsError('event: error', [
    `event: error\ndata: ${JSON.stringify({ error: ERROR })}\n\n`,
    'event: error\ndata: out of memory\n\n',
    `event: error\ndata: ${JSON.stringify(ERROR)}\n\n`,
    'event: error\n\n',
  ]),
  odd('error beside the finish reason', ANY, (draft) => {
    Object.assign(finishChunk(draft), { error: ERROR });
  }),
];

const ENDS: readonly ChatOddity[] = [
  odd('no end mark', ANY, (draft) => {
    draft.items = draft.items.filter((item) => item !== DONE);
  }),
  odd('two end marks', ANY, (draft) => {
    draft.items.push(DONE);
  }),
  odd('end mark with white space or without', ANY, (draft, turn) => {
    const mark = ['data: [DONE] \n\n', 'data:[DONE]\n\n', 'data: [DONE]\t\n\n', 'data:  [DONE]\n\n'][
      turn % 4
    ]!;
    draft.items = draft.items.map((item) => (item === DONE ? mark : item));
  }),
  odd('end mark before the finish', ANY, (draft, turn) => {
    draft.insertBefore(DONE, turn);
  }),
  odd('nothing after the finish', ANY, (draft) => {
    draft.items.length = Math.min(draft.items.length, draft.finishPlace() + 1);
  }),
  odd('garbage after the finish', ANY, (draft, turn) => {
    draft.insertAfter(GARBAGE[turn % GARBAGE.length]!, turn % 2);
  }),
  odd('garbage before the finish', ANY, (draft, turn) => {
    draft.insertBefore(GARBAGE[turn % GARBAGE.length]!, turn);
  }),
  odd('cut inside the finish chunk', ANY, (draft, turn) => {
    const place = draft.finishPlace();
    const text = draft.events()[place] ?? '';
    draft.items.length = place;
    draft.items.push(text.trimEnd().slice(0, Math.max(1, text.length - 3 - turn * 4)));
  }),
];

export const CHAT_ODDITIES: readonly ChatOddity[] = [
  ...SHAPE,
  ...CHOICES,
  ...FINISH,
  varied('id', ['up_1', 'up_2', '', undefined, null]),
  varied('created', [1, 2, 0, undefined]),
  varied('model', ['up-model', 'other', '', undefined]),
  varied('object', ['chat.completion.chunk', 'chat.completion', undefined]),
  ...USAGE,
  ...REASONING,
  ...CALL_ODDITIES,
  ...ERRORS,
  ...ENDS,
];

import fc from 'fast-check';
import { toolInput } from './reply-words.ts';

/** The content of a generated stream, before oddities are applied. */
export interface Script {
  readonly thinking: readonly string[];
  readonly text: readonly string[];
  readonly refusal: readonly string[];
  readonly calls: readonly ScriptCall[];
  readonly finish: 'natural' | 'length' | 'filter';
  /** The last call lacks its last piece; applies to the finish `length` only. */
  readonly cutCall: boolean;
  readonly usage: boolean;
  readonly choices: 1 | 2;
}

export interface ScriptCall {
  readonly name: string;
  /** Pieces of the JSON of a function's arguments, or of a custom tool's text. */
  readonly pieces: readonly string[];
  readonly custom: boolean;
}

/** What a script must contain for an oddity to show. */
export interface Needs {
  readonly thinking?: number;
  readonly text?: number;
  readonly calls?: number;
  readonly customCalls?: number;
  readonly choices?: 2;
  readonly usage?: true;
  readonly noCalls?: true;
  /** Not finished by a limit or a filter. */
  readonly natural?: true;
}

const WORDS = ['a', 'bc ', ' Grüße', '😀', '"q"', '\n', 'def'] as const;
const words = fc.constantFrom(...WORDS);
const INPUTS = ['{}', '{"at":"Paris"}', '{"a":[1,{"b":"}"}]}', '{ "n": 1.5 }', '{"x":"é\\n"}'] as const;

function cutText(text: string, size: number): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; start += size) pieces.push(text.slice(start, start + size));
  return pieces;
}

const call: fc.Arbitrary<ScriptCall> = fc
  .record({
    name: fc.constantFrom('look', 'find', 'write'),
    input: fc.constantFrom(...INPUTS),
    size: fc.integer({ min: 2, max: 20 }),
  })
  .map(({ name, input, size }) => ({ name, pieces: cutText(input, size), custom: false }));

export const anyScript: fc.Arbitrary<Script> = fc.record({
  thinking: fc.array(words, { maxLength: 2 }),
  text: fc.array(words, { maxLength: 3 }),
  refusal: fc.oneof({ weight: 7, arbitrary: fc.constant([]) }, fc.array(words, { maxLength: 2 })),
  calls: fc.array(call, { maxLength: 3 }),
  finish: fc.oneof(
    { weight: 6, arbitrary: fc.constant('natural' as const) },
    fc.constantFrom('length' as const, 'filter' as const),
  ),
  cutCall: fc.boolean(),
  usage: fc.boolean(),
  choices: fc.oneof({ weight: 6, arbitrary: fc.constant(1 as const) }, fc.constant(2 as const)),
});

const SPARE_WORDS = ['one ', 'two ', 'three '];
const SPARE_CALLS: readonly ScriptCall[] = [
  { name: 'look', pieces: ['{"at"', ':"Rome"}'], custom: false },
  { name: 'find', pieces: ['{"for"', ':2}'], custom: false },
];
const SPARE_CUSTOM: ScriptCall = { name: 'patch', pieces: ['*** Begin', ' "x"\n', '+1'], custom: true };

function padded<Item>(items: readonly Item[], spare: readonly Item[], wanted = 0): readonly Item[] {
  return items.length >= wanted ? items : [...items, ...spare.slice(items.length, wanted)];
}

/** The script, padded to fulfil the needs. */
export function fulfilled(script: Script, needs: Needs): Script {
  const calls = needs.noCalls === true ? [] : padded(script.calls, SPARE_CALLS, needs.calls);
  const custom = Array.from({ length: needs.customCalls ?? 0 }, () => SPARE_CUSTOM);
  return {
    ...script,
    thinking: padded(script.thinking, SPARE_WORDS, needs.thinking),
    text: padded(script.text, SPARE_WORDS, needs.text),
    calls: [...custom, ...calls],
    finish: needs.natural === true ? 'natural' : script.finish,
    usage: needs.usage === true || script.usage,
    choices: needs.choices ?? script.choices,
  };
}

/** The calls as they are streamed: cut where the script says so. */
export function streamedCalls({ calls, cutCall, finish }: Script): readonly ScriptCall[] {
  if (!cutCall || finish !== 'length') return calls;
  return calls.map((entry, place) =>
    place === calls.length - 1 ? { ...entry, pieces: entry.pieces.slice(0, -1) } : entry,
  );
}

/** The content that a client must get from the script's stream when nothing is odd. */
export function expectedContent(
  script: Script,
  wire: 'openai-chat' | 'anthropic-messages' | 'openai-responses',
): object {
  const isChat = wire !== 'anthropic-messages';
  const calls = streamedCalls(script).map(({ name, pieces }) => {
    const text = pieces.join('');
    return { kind: 'function', name, input: isChat && text !== '' ? text : toolInput(text) };
  });
  const natural = calls.length > 0 ? 'tool-calls' : 'stop';
  return {
    end: 'complete',
    unreadable: null,
    thinking: script.thinking.join(''),
    text: script.text.join(''),
    ...(isChat ? { refusal: script.refusal.join('') } : {}),
    calls,
    finish: { natural, length: 'length', filter: 'content-filter' }[script.finish],
  };
}

/** A practice model: fixed text at a fixed pace, to try out routing without a key or an engine. */
export interface PracticeModel {
  readonly id: string;
  /** Milliseconds before the first word, and between two words. */
  readonly firstWordMs: number;
  readonly wordMs: number;
  /** Answers the second, fourth … request and rejects the others. */
  readonly rejectsEveryOther: boolean;
  /** What distinguishes it from the others; part of each answer. */
  readonly trait: string;
}

/** Context length that the practice models list, in tokens; a word counts as one. */
export const PRACTICE_CONTEXT = 32_768;

/** The three models of the demo. */
export const PRACTICE_MODELS: readonly PracticeModel[] = [
  {
    id: 'quick',
    firstWordMs: 0,
    wordMs: 0,
    rejectsEveryOther: false,
    trait: 'It answers immediately and briefly.',
  },
  {
    id: 'careful',
    firstWordMs: 400,
    wordMs: 45,
    rejectsEveryOther: false,
    trait:
      'It takes its time: the first word comes after 400 ms and each further one after 45 ms, ' +
      'long enough to watch a stream, to switch its node meanwhile, or to disconnect in the middle.',
  },
  {
    id: 'flaky',
    firstWordMs: 0,
    wordMs: 0,
    rejectsEveryOther: true,
    trait:
      'It rejects every other request, so that you can see the next target take over; it answered this one.',
  },
];

/** A practice model's answer to a question or to tool results; both are quoted as `echo` writes them. */
export function practiceText(
  model: PracticeModel,
  question: string,
  results: readonly { readonly name: string; readonly text: string }[],
): string {
  const answers = results.map(({ name, text }) => `The tool ${name} answered: "${echo(text)}"`);
  const asked = question === '' ? 'You asked nothing.' : `You asked: "${echo(question)}"`;
  const quoted = answers.length === 0 ? asked : answers.join(' ');
  return `This is ${model.id}, a practice model of Laneway, not a language model. ${model.trait} ${quoted}`;
}

/** Words with their trailing space: what the practice models count as tokens. */
export function wordsOf(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

/** Look-alikes of the characters by which clients find calls, code and file edits in an answer's text. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '<': '‹',
  '>': '›',
  '`': 'ˋ',
  '{': '❴',
  '}': '❵',
  ':': '∶',
};

/**
 * A text as practice models repeat it: on one line, shortened, and without the characters that would make it a call for
 * clients that read calls from the text (`<execute_command>`, fenced code, `Action:`).
 */
function echo(text: string): string {
  return shorten(text).replace(/[<>`{}:]/g, (character) => LOOK_ALIKES[character] ?? '');
}

const MAX_SHORT = 160;
const HEAD = 100;

/**
 * One line of at most 161 characters: beginning and end, since some clients put the user's line before their own
 * instructions and others after them. No code point is split.
 */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  if (characters.length <= MAX_SHORT) return line;
  const tail = characters.slice(HEAD - MAX_SHORT);
  return `${characters.slice(0, HEAD).join('')}…${tail.join('')}`;
}

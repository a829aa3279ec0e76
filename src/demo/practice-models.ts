/** A practice model: fixed words at a fixed pace, so that routing can be watched without a key or an engine. */
export interface PracticeModel {
  readonly id: string;
  /** Milliseconds before the first word, and between two words. */
  readonly firstWordMs: number;
  readonly wordMs: number;
  /** Answers the second, the fourth … request and refuses the others. */
  readonly refusesEveryOther: boolean;
  /** How it would be known from the others: stands in each answer. */
  readonly habit: string;
}

/** Tokens that a practice model could hold; a word counts as one. */
export const PRACTICE_CONTEXT = 32_768;

/** The three models of the demo (DESIGN section 13). */
export const PRACTICE_MODELS: readonly PracticeModel[] = [
  {
    id: 'quick',
    firstWordMs: 0,
    wordMs: 0,
    refusesEveryOther: false,
    habit: 'It answers at once and in few words.',
  },
  {
    id: 'careful',
    firstWordMs: 400,
    wordMs: 45,
    refusesEveryOther: false,
    habit:
      'It takes its time: the first word comes after 400 ms and each further one after 45 ms, ' +
      'long enough to watch a stream, to switch its node meanwhile, or to hang up in the middle.',
  },
  {
    id: 'flaky',
    firstWordMs: 0,
    wordMs: 0,
    refusesEveryOther: true,
    habit: 'It refuses every other request, so that you can see the next target take over; this one it took.',
  },
];

const MAX_ECHO = 160;

/** What a practice model says to a question, or of what its tools answered. */
export function practiceText(
  model: PracticeModel,
  question: string,
  results: readonly { readonly name: string; readonly text: string }[],
): string {
  const told = results.map(({ name, text }) => `The tool ${name} answered: "${shorten(text)}"`);
  const asked = question === '' ? 'You asked nothing.' : `You asked: "${shorten(question)}"`;
  const said = told.length === 0 ? asked : told.join(' ');
  return `This is ${model.id}, a practice model of Laneway, not a language model. ${model.habit} ${said}`;
}

/** Words with the space that follows them: what the practice models count as tokens. */
export function wordsOf(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

/** One line of 160 characters at most, which are not cut in the middle. */
export function shorten(question: string): string {
  const line = question.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= MAX_ECHO ? line : `${characters.slice(0, MAX_ECHO).join('')}…`;
}

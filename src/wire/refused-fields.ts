import type { AddedField } from './exchange.ts';

/** Keys under which validators repeat the request (pydantic's `input`, FastAPI's handlers): they name every field. */
const ECHOES: ReadonlySet<string> = new Set(['input', 'ctx', 'body', 'request']);

/** Names of at most this many characters are also plain words, such as `user` and `stop`. */
const WORD_LENGTH = 5;

/** Other words that servers use for a field. */
const OTHER_WORDS: Readonly<Record<string, RegExp>> = {
  // Ollama's server/routes.go: `"NAME" does not support thinking`.
  reasoning_effort:
    /does(?: not|n't) support (?:thinking|reasoning)|(?:thinking|reasoning) is not (?:supported|enabled)/i,
  // `think value "low" is not supported for this model`.
  think: /does(?: not|n't) support thinking|\bthink value\b/i,
  stream_options: /\binclude_usage\b/i,
};

/**
 * The fields among `added` that an upstream's error body names, in any envelope and spelling: `reasoning_effort`,
 * `reasoningEffort` (xAI) and `reasoning effort` are one name.
 */
export function refusedFields(body: Buffer, added: readonly AddedField[]): readonly string[] {
  if (added.length === 0) return [];
  const text = errorText(body);
  const named = added.filter(
    ({ name, instead }) => names(text, name) && (instead === undefined || names(text, instead)),
  );
  return named.map(({ name }) => name);
}

function names(text: string, name: string): boolean {
  return pattern(name).test(text) || OTHER_WORDS[name]?.test(text) === true;
}

function pattern(name: string): RegExp {
  const parts = name.split('_').map((part) => part.replace(/[^a-z0-9]/gi, '\\$&'));
  const isWord = parts.length === 1 && name.length <= WORD_LENGTH;
  const before = isWord
    ? '(?:[\'"`:]\\s?|\\b(?:parameter|argument|field|property|option|key|supplied)s?\\W{1,3})'
    : '(?<![A-Za-z0-9_])';
  return new RegExp(`${before}${parts.join('[_\\s.-]?')}(?![A-Za-z0-9_])`, 'i');
}

/** The same in pydantic's list of errors as text, which vLLM sends: what follows `'input'`, up to the next key. */
const ECHO_IN_TEXT = /(['"])input\1: [\s\S]*?(?=, (['"])(?:url|ctx)\2: |\}, \{(['"])type\3: |\}\]|$)/g;

/** The whole body without what repeats the request; bodies that are not JSON as they are. */
function errorText(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text, (key, value: unknown) => {
      if (ECHOES.has(key)) return undefined;
      return typeof value === 'string' ? value.replace(ECHO_IN_TEXT, '') : value;
    });
    return JSON.stringify(parsed);
  } catch {
    return text;
  }
}

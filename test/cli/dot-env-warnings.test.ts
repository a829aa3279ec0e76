import { describe, expect, it } from 'vitest';
import { dotEnvWarnings } from '../../src/cli/dot-env-warnings.ts';

const named = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'XAI_API_KEY'];

function warningsFor(text: string, set: readonly string[] = []): string[] {
  return dotEnvWarnings(text, { named, isSet: (name) => set.includes(name) });
}

describe('a mistake in .env is named with its line, and without the value', () => {
  it.each([
    ['a colon', '# keys\nOPENAI_API_KEY: sk-fake\n', 2, 'write OPENAI_API_KEY= instead of OPENAI_API_KEY:'],
    ['a colon before a value with =', 'OPENAI_API_KEY: sk-fake=', 1, 'OPENAI_API_KEY='],
    ['only a key', 'sk-fake', 1, 'write NAME=value'],
    ['a quote that is never closed', 'A=1\nOPENAI_API_KEY="sk-fake\nB=2', 2, 'not closed'],
    ['a quote that a later line closes', "OPENAI_API_KEY='sk-fake\r\nB=2\r\nC='x'", 1, 'not closed'],
    ['a shorter name', 'OPENAI_KEY=sk-fake', 1, 'did you mean OPENAI_API_KEY?'],
    ['another ending', 'ANTHROPIC_TOKEN=sk-fake', 1, 'did you mean ANTHROPIC_API_KEY?'],
    ['a misspelt name', 'export OPENIA_API_KEY=sk-fake', 1, 'did you mean OPENAI_API_KEY?'],
  ])('%s', (_, text, line, words) => {
    const warnings = warningsFor(text);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`.env, line ${line}: `);
    expect(warnings[0]).toContain(words);
    expect(warnings[0]).not.toContain('fake');
  });
});

it.each([
  ['comments, empty values and spaces', '# a: b\n\n  A = 1\nB=\nexport C="x" # "y\n'],
  ['a value of several lines', 'PEM="-----BEGIN\nAbC0=\nQUJD==\n-----END"\nA=1'],
  ['an apostrophe in a value', "A=it's\nB=1"],
  ['keys of other programs', 'HF_TOKEN=x\nGEMINI_API_KEY=y\nMY_API_KEY=z'],
])('%s are no mistake', (_, text) => {
  expect(warningsFor(text)).toEqual([]);
});

it('a name that resembles a variable with a value is no mistake', () => {
  expect(warningsFor('OPENAI_KEY=x\nOPENAI_API_KEY=y', ['OPENAI_API_KEY'])).toEqual([]);
});

import type { MutableJson, Rule } from './rule.ts';

/**
 * Takes out an `error` key that tells no error, mostly null: the AI SDK drops the text beside it and reports an error.
 * What does tell one never gets here (`saysError`).
 */
export const errorKey: Rule = {
  name: 'no error key without an error',
  cases: [13],
  blind: true,
  chunk: removeError,
  reply: removeError,
};

function removeError(value: MutableJson): boolean {
  if (value['error'] === undefined) return false;
  value['error'] = undefined;
  return true;
}

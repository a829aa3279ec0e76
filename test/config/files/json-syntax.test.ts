import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findSyntaxFault } from '../../../src/config/files/json-syntax.ts';

it('finds a fault in exactly those texts that JSON.parse refuses', () => {
  const cutJson = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', ':', 'x', '\n', '1', '\\'))
    .map(
      ([text, at, piece]) =>
        text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
    );
  fc.assert(
    fc.property(fc.oneof(fc.json(), cutJson, fc.string()), (text) => {
      expect(findSyntaxFault(text) === null).toBe(parses(text));
    }),
    { numRuns: 3000 },
  );
});

it('takes a deeply nested text without running out of stack', () => {
  expect(findSyntaxFault('['.repeat(200_000))?.message).toBe('the file ends too early');
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

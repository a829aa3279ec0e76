import { expect, test } from 'vitest';
import { resolveName } from '../../src/routing/name.ts';
import { ask, providerEntry, snapshotOf } from '../support/snapshot.ts';

test('the 404 for an unknown model suggests no pattern of aliases, as a pattern is no name to send', () => {
  const aliases = { 'gpt-4': 'lane:main', 'gpt-4-*': 'lane:main' };
  const snapshot = snapshotOf({ lanes: { main: {} }, aliases });
  expect(() => resolveName(ask('gpt-4o'), snapshot)).toThrow(/did you mean "gpt-4"\?/);
});

test('the 404 for an alias of a model that its server does not list names that model, and not the alias again', () => {
  const providers = [providerEntry('openai')];
  const snapshot = snapshotOf({
    lanes: { main: {} },
    providers,
    aliases: { 'whisper-1': 'openai/whisper-1' },
  });
  expect(() => resolveName(ask('whisper-1'), snapshot)).toThrow(
    /^unknown model "openai\/whisper-1", the model of the alias "whisper-1"; (?!did you mean "whisper-1")/,
  );
});

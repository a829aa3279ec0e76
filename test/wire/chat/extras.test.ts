import { expect, test } from 'vitest';

import type { ChatExtras } from '../../../src/protocol/chat.ts';
import { readExtras, writeExtras, type ExtraNames } from '../../../src/wire/chat/extras.ts';
import { WarningList } from '../../../src/wire/warning-list.ts';

const NAMES: ExtraNames = { seed: 'options.seed', keep_alive: 'keep_alive' };

function write(extras: ChatExtras, params = {}): { fields: object; dropped: readonly string[] } {
  const warnings = new WarningList();
  const fields = Object.fromEntries(writeExtras({ extras }, { params }, NAMES, warnings));
  return { fields, dropped: warnings.all.map(({ detail }) => detail) };
}

test('a client’s settings are found where its wire has them; nulls count as absent (wire case 80)', () => {
  expect(readExtras({ options: { seed: 7 }, keep_alive: 0 }, NAMES)).toEqual({
    extras: { seed: 7, keep_alive: 0 },
  });
  expect(readExtras({ options: { seed: null }, keep_alive: null }, NAMES)).toEqual({});
  expect(readExtras({ options: 'x', seed: 7 }, NAMES)).toEqual({});
});

test('wire case 79: a setting that the upstream’s wire lacks is dropped with a warning', () => {
  expect(write({ seed: 7, verbosity: 'low' })).toEqual({
    fields: { 'options.seed': 7 },
    dropped: ['verbosity'],
  });
});

test('wire case 78: a value that means the same as none is dropped without a warning', () => {
  expect(write({ presence_penalty: 0, metadata: {} })).toEqual({ fields: {}, dropped: [] });
});

test('a target’s default applies where the client sent nothing', () => {
  expect(write({ seed: 7 }, { seed: 1, keep_alive: '5m', num_ctx: 8192 })).toEqual({
    fields: { 'options.seed': 7, keep_alive: '5m' },
    dropped: ['num_ctx'],
  });
});

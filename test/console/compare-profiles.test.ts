import { expect, test } from 'vitest';

import { compareProfiles } from '../../src/console/settings/compare-profiles.ts';

const CALM = {
  default_lane: 'coder',
  lanes: { coder: { preferred: ['a/m', 'b/m'], params: { temperature: 0.1 } } },
  nodes: { evaluate: { model: 'a/m' }, tools: { lane: 'coder' } },
  aliases: { 'gpt-4': null },
};

test('two profiles are compared value by value, whatever only one of them sets', () => {
  const wild = {
    default_lane: 'coder',
    lanes: { coder: { preferred: ['b/m', 'a/m'], params: { temperature: 0.1, top_p: 1 } } },
    nodes: { evaluate: { lane: 'coder' } },
  };
  const entries = compareProfiles(CALM, wild, null);
  expect(entries.map(({ id, differs, only }) => [id, differs, only])).toEqual([
    ['default_lane', false, null],
    ['node:evaluate', true, null],
    ['node:tools', true, 'left'],
    ['lane:coder', true, null],
    ['alias:gpt-4', true, 'left'],
  ]);
  expect(entries[1]?.fields).toEqual([
    { name: 'answered by', left: 'a/m', right: 'lane:coder', differs: true },
  ]);
  expect(entries[3]?.fields).toEqual([
    { name: 'preferred', left: 'a/m, b/m', right: 'b/m, a/m', differs: true },
    { name: 'params.temperature', left: '0.1', right: '0.1', differs: false },
    { name: 'params.top_p', left: null, right: '1', differs: true },
  ]);
});

test('with the configuration in effect only what the profile sets is compared', () => {
  const effective = {
    default_lane: 'coder',
    providers: { a: {} },
    lanes: {
      main: { preferred: [] },
      coder: { preferred: ['a/m', 'b/m'], params: { temperature: 0.7 }, deadlines: {} },
    },
    nodes: { evaluate: { model: 'a/m', fallbacks: [] }, other: { model: 'a/m' } },
    aliases: {},
  };
  const entries = compareProfiles(effective, CALM, 'left');
  expect(entries.map(({ id, differs }) => [id, differs])).toEqual([
    ['default_lane', false],
    ['node:evaluate', false],
    ['node:tools', true],
    ['lane:coder', true],
    // The profile removes it, and it is not there.
    ['alias:gpt-4', false],
  ]);
  expect(entries[3]?.fields.map(({ name, left }) => [name, left])).toEqual([
    ['preferred', 'a/m, b/m'],
    ['params.temperature', '0.7'],
  ]);
});

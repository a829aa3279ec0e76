import { expect, test } from 'vitest';

import { GatewayError } from '../../src/protocol/errors.ts';
import { resolveName } from '../../src/routing/name.ts';
import type { RouteRequest } from '../../src/routing/plan.ts';
import type { Snapshot } from '../../src/routing/snapshot.ts';
import { ask, providerEntry, snapshotOf } from '../support/snapshot.ts';

const snapshot = snapshotOf({
  providers: [
    providerEntry('ollama', { defaultTag: ':latest' }),
    providerEntry('unread', { listed: false }),
    providerEntry('read', { listed: true }),
  ],
  models: {
    'read/shared': {},
    'ollama/shared': {},
    'read/org/deep-model': {},
    'ollama/mistral:latest': {},
    'read/named-like-alias': {},
  },
  lanes: { main: {}, coder: {}, both: {} },
  nodes: { evaluate: {}, both: {} },
  aliases: {
    'gpt-4o': 'lane:main',
    'claude-*': 'lane:coder',
    'claude-exact': 'evaluate',
    'm-*': 'read/org/deep-model',
  },
});

/** What a request means, as `kind:name`. */
function meaning(request: RouteRequest, world: Snapshot = snapshot): string {
  const found = resolveName(request, world);
  switch (found.kind) {
    case 'node':
      return `node:${found.node.name}`;
    case 'lane':
      return `lane:${found.lane.name}`;
    case 'model':
      return `model:${found.model.id}`;
  }
}

function refusal(request: RouteRequest): GatewayError {
  try {
    resolveName(request, snapshot);
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('was not refused');
}

test.each([
  ['the node header wins over the model field', ask('coder', {}, { node: 'evaluate' }), 'node:evaluate'],
  ['the lane header wins over the model field', ask('evaluate', {}, { lane: 'coder' }), 'lane:coder'],
  ['with both headers the node wins', ask(null, {}, { node: 'evaluate', lane: 'coder' }), 'node:evaluate'],
  ['node: names a node', ask('node:evaluate'), 'node:evaluate'],
  ['lane: names a lane', ask('lane:both'), 'lane:both'],
  ['a bare name is a node first', ask('both'), 'node:both'],
  ['then a lane', ask('coder'), 'lane:coder'],
  ['then a full model id, slashes and all', ask('read/org/deep-model'), 'model:read/org/deep-model'],
  ['then an alias', ask('gpt-4o'), 'lane:main'],
  ['an exact alias wins over a glob', ask('claude-exact'), 'node:evaluate'],
  ['a glob alias covers the rest', ask('claude-3-5-haiku'), 'lane:coder'],
  ['an alias may name a model', ask('m-1'), 'model:read/org/deep-model'],
  ['then a bare model id that one provider serves', ask('org/deep-model'), 'model:read/org/deep-model'],
  ['no model at all is the default lane', ask(null), 'lane:main'],
  ['auto is the default lane', ask('auto'), 'lane:main'],
  ['Ollama’s clients add a tag to a node', ask('evaluate:latest'), 'node:evaluate'],
  ['and to a lane', ask('coder:latest'), 'lane:coder'],
  ['also to a prefixed one', ask('lane:coder:latest'), 'lane:coder'],
  ['and to auto', ask('auto:latest'), 'lane:main'],
  ['and to an alias', ask('gpt-4o:latest'), 'lane:main'],
  ['and to a model without tags', ask('read/org/deep-model:latest'), 'model:read/org/deep-model'],
  ['and to its bare id', ask('org/deep-model:latest'), 'model:read/org/deep-model'],
  ['but a model with that tag is itself', ask('mistral:latest'), 'model:ollama/mistral:latest'],
  ['an untagged Ollama name means :latest', ask('ollama/mistral'), 'model:ollama/mistral:latest'],
  ['an untagged bare name means :latest, too', ask('mistral'), 'model:ollama/mistral:latest'],
  [
    'any id of a provider whose list was never read is known',
    ask('unread/whatever'),
    'model:unread/whatever',
  ],
] as const)('%s', (_name, request, expected) => {
  expect(meaning(request)).toBe(expected);
});

test('an id that is not in a known list is 404 with the nearest matches', () => {
  const error = refusal(ask('read/org/deep-modle'));
  expect(error.code).toBe('model_not_found');
  expect(error.message).toContain('did you mean "read/org/deep-model"');
  expect(error.body.param).toBe('model');
});

test('unknown nodes and lanes have their own codes, by header and by prefix', () => {
  expect(refusal(ask('node:evalute')).code).toBe('node_not_found');
  expect(refusal(ask('node:evalute')).message).toContain('"evaluate"');
  expect(refusal(ask(null, {}, { node: 'nope' })).code).toBe('node_not_found');
  expect(refusal(ask('lane:codr')).code).toBe('lane_not_found');
  expect(refusal(ask(null, {}, { lane: 'nope' })).code).toBe('lane_not_found');
});

test('a bare id that two providers serve is 404 and names both', () => {
  const error = refusal(ask('shared'));
  expect(error.code).toBe('model_not_found');
  expect(error.message).toContain('read/shared');
  expect(error.message).toContain('ollama/shared');
});

test('a glob is not a regular expression', () => {
  const world = snapshotOf({ models: { 'a/b': {} }, lanes: { main: {} }, aliases: { 'x.(y)*': 'a/b' } });
  expect(meaning(ask('x.(y)z'), world)).toBe('model:a/b');
  expect(() => meaning(ask('xa(y)z'), world)).toThrow(GatewayError);
});

test('a name of a megabyte is rejected without being echoed completely', () => {
  expect(refusal(ask('x'.repeat(1_000_000))).message.length).toBeLessThan(1_000);
});

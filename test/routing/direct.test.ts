import { expect, test } from 'vitest';

import { GatewayError } from '../../src/protocol/errors.ts';
import type { RoutingHeaders } from '../../src/protocol/facts.ts';
import { resolve } from '../../src/routing/resolve.ts';
import { allHealthy, ask, providerEntry, snapshotOf } from '../support/snapshot.ts';

const world = snapshotOf({
  providers: [
    providerEntry('openai'),
    providerEntry('local', { answersAnyName: true }),
    providerEntry('ollama', { defaultTag: ':latest' }),
  ],
  models: {
    'openai/gpt': { fallbacks: ['local/other'] },
    'local/other': {},
    'openai/vec': { kind: 'embeddings' },
  },
  lanes: { main: {} },
  nodes: { judge: {} },
  aliases: { 'whisper-1': 'openai/whisper-1', 'tts-*': 'openai/tts-1', fast: 'lane:main', plain: 'judge' },
});

const targets = (name: string | null, headers: Partial<RoutingHeaders> = {}): string[] =>
  resolve(ask(name, { kind: 'direct' }, headers), world, allHealthy).entries.map(
    ({ link }) => link.target.id,
  );

function refusal(name: string | null, headers: Partial<RoutingHeaders> = {}): GatewayError {
  try {
    targets(name, headers);
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('it was accepted');
}

test.each([
  ['a model that its server does not list', 'openai/whisper-1', 'openai/whisper-1'],
  ['a model of any kind, without its fallbacks', 'openai/gpt', 'openai/gpt'],
  ['a model for vectors', 'openai/vec', 'openai/vec'],
  ['an alias of a full id', 'whisper-1', 'openai/whisper-1'],
  ['a pattern of aliases', 'tts-hd', 'openai/tts-1'],
  ['a model without its tag', 'ollama/x', 'ollama/x:latest'],
])('%s is the one target of a direct call', (_name, name, target) => {
  expect(targets(name)).toEqual([target]);
});

test.each([
  ['no model', null, 'no model is named'],
  ['auto', 'auto', '"auto" is none'],
  ['a bare model id', 'gpt', '"gpt" is none'],
  ['a node', 'judge', '"judge" is a node'],
  ['a node with its prefix', 'node:judge', 'is a node'],
  ['a lane', 'main', '"main" is a lane'],
  ['an alias of a lane', 'fast', 'an alias of "lane:main"'],
  ['an alias of a node', 'plain', 'an alias of "judge"'],
])('%s is 400, with the form to use', (_name, name, words) => {
  const { code, message, options } = refusal(name);
  expect([code, options.param]).toEqual(['unsupported_parameter', 'model']);
  expect(message).toContain('PROVIDER/MODEL');
  expect(message).toContain(words);
});

test('headers that name a node or a lane are 400 too', () => {
  expect(refusal('openai/tts-1', { node: 'judge' }).options.param).toBe('x-laneway-node');
  expect(refusal('openai/tts-1', { lane: 'main' }).options.param).toBe('x-laneway-lane');
});

test('an unknown provider is 404', () => {
  expect(refusal('opnai/whisper-1')).toMatchObject({ code: 'model_not_found' });
  expect(refusal(`openai/${'x'.repeat(600)}`)).toMatchObject({ code: 'model_not_found' });
});

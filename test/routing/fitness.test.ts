import { expect, test } from 'vitest';

import { GatewayError } from '../../src/protocol/errors.ts';
import { checkTarget, laneSubject, type SwitchTarget } from '../../src/routing/fitness.ts';
import { providerEntry, snapshotOf } from '../support/snapshot.ts';

const snapshot = snapshotOf({
  providers: [
    providerEntry('cloud', { local: false }),
    providerEntry('nokey', { local: false, missingKey: 'set NOKEY_API_KEY' }),
    providerEntry('single', { answersAnyName: true }),
    providerEntry('whole', { completeList: true }),
    providerEntry('some'),
    providerEntry('off', { disabled: true, name: 'Switched off' }),
  ],
  models: {
    'cloud/chat': {},
    'nokey/chat': {},
    'single/other': { inList: false },
    'whole/gone': { inList: false },
    'off/chat': {},
    'some/unlisted': { inList: false },
    'some/vectors': { kind: 'embeddings' },
    'some/both': { capabilities: { supports_embeddings: true } },
  },
  lanes: { main: {}, here: { cloud: false } },
  nodes: { work: {}, kept: { cloud: false }, vectors: { kind: 'embeddings' } },
});

function subjectOf(name: string): Parameters<typeof checkTarget>[0] {
  const lane = snapshot.lanes.get(name);
  const subject = lane === undefined ? snapshot.nodes.get(name) : laneSubject(lane);
  if (subject === undefined) throw new Error(`no ${name} in this test`);
  return subject;
}

function codes(subject: string, to: SwitchTarget): string[] {
  return checkTarget(subjectOf(subject), to, snapshot).unfit.map(({ code }) => code);
}

const target = (provider: string, modelId: string): SwitchTarget => ({ provider, modelId });

test('needs_key: a provider without its key, with what to set', () => {
  const { unfit, assignment } = checkTarget(subjectOf('work'), target('nokey', 'chat'), snapshot);
  expect(assignment).toEqual({ model: 'nokey/chat', lane: null });
  expect(unfit).toEqual([{ code: 'needs_key', reason: 'no key: set NOKEY_API_KEY' }]);
});

test('not_served: only where the server would answer in the name of a model that it does not list', () => {
  expect(codes('work', target('single', 'other'))).toEqual(['not_served']);
  expect(codes('work', target('whole', 'gone'))).toEqual([]);
  expect(codes('work', target('some', 'unlisted'))).toEqual([]);
});

test('wrong_kind: embeddings for chat, chat for embeddings, a lane for embeddings', () => {
  expect(codes('work', target('some', 'vectors'))).toEqual(['wrong_kind']);
  expect(codes('vectors', target('some', 'unlisted'))).toEqual(['wrong_kind']);
  expect(codes('vectors', target('some', 'vectors'))).toEqual([]);
  expect(codes('vectors', target('some', 'both'))).toEqual([]);
  expect(codes('work', target('some', 'both'))).toEqual([]);
  expect(codes('vectors', { lane: 'main' })).toEqual(['wrong_kind']);
});

test('not_allowed: a provider that is not local, for a node with cloud: false', () => {
  expect(codes('kept', target('cloud', 'chat'))).toEqual(['not_allowed']);
  expect(codes('work', target('cloud', 'chat'))).toEqual([]);
});

test('not_allowed: a disabled provider, which is called disabled', () => {
  const { unfit } = checkTarget(subjectOf('work'), target('off', 'chat'), snapshot);
  expect(unfit).toEqual([
    { code: 'not_allowed', reason: 'provider "off" is disabled; set its "enabled" to true' },
  ]);
});

test('a lane requires a chat model, and with cloud: false a local one', () => {
  expect(codes('main', target('cloud', 'chat'))).toEqual([]);
  expect(codes('main', target('some', 'vectors'))).toEqual(['wrong_kind']);
  expect(codes('here', target('cloud', 'chat'))).toEqual(['not_allowed']);
});

test('every reason is listed, not only the first', () => {
  expect(codes('kept', target('nokey', 'chat'))).toEqual(['needs_key', 'not_allowed']);
});

test('an unknown name is not found, with the nearest name', () => {
  const refusal = (to: SwitchTarget): GatewayError => {
    try {
      checkTarget(subjectOf('work'), to, snapshot);
    } catch (error) {
      if (error instanceof GatewayError) return error;
    }
    throw new Error('not refused');
  };
  expect(refusal(target('clowd', 'chat'))).toMatchObject({ code: 'provider_not_found' });
  expect(refusal(target('clowd', 'chat')).message).toContain('cloud');
  expect(refusal(target('cloud', 'chit'))).toMatchObject({ code: 'model_not_found' });
  expect(refusal(target('cloud', 'chit')).message).toContain('cloud/chat');
  expect(refusal({ lane: 'mian' })).toMatchObject({ code: 'lane_not_found' });
  expect(refusal({ lane: 'lane:main' }).message).toContain('"main"');
  expect(refusal(target('Cloud', 'chat')).message).toContain('did you mean "cloud"');
  expect(refusal(target('switched OFF', 'chat')).message).toContain('did you mean "off"');
  expect(refusal(target('cloud', 'CHAT')).message).toContain('did you mean "cloud/chat"');
});

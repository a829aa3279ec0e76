import { expect, test } from 'vitest';

import { resolve } from '../../src/routing/resolve.ts';
import { allHealthy, ask, providerEntry, snapshotOf } from '../support/snapshot.ts';

const window = { capabilities: { context_length: 2_048 } };
const snapshot = snapshotOf({
  providers: [providerEntry('settable', { windowParam: 'num_ctx' })],
  models: {
    'settable/m': window,
    'settable/set': { ...window, params: { num_ctx: 8_192 } },
    'fixed/m': { ...window, params: { num_ctx: 8_192 } },
  },
  lanes: { main: { preferred: ['settable/m'], params: { num_ctx: 8_192 } } },
  nodes: {
    large: { assignment: { model: 'settable/m', lane: null }, params: { num_ctx: 8_192 } },
    small: { assignment: { model: 'settable/m', lane: null }, params: { num_ctx: 512 } },
    odd: { assignment: { model: 'settable/m', lane: null }, params: { num_ctx: '8192' } },
    plain: { assignment: { model: 'settable/m', lane: null } },
  },
});

function windowFor(name: string, windowTokens?: number): string {
  const facts = { estimatedTokens: 4_000, ...(windowTokens === undefined ? null : { windowTokens }) };
  const [first] = resolve(ask(name, facts), snapshot, allHealthy).entries;
  return `${first?.link.target.capabilities.context_length ?? 0} ${first?.code ?? 'ready'}`;
}

test.each([
  ['the node', 'large', undefined, '8192 ready'],
  ['the requested lane', 'lane:main', undefined, '8192 ready'],
  ['the model', 'settable/set', undefined, '8192 ready'],
  ['the client', 'plain', 8_192, '8192 ready'],
  ['the client, in place of a smaller one of the node', 'small', 8_192, '8192 ready'],
])('a prompt that fits the window that %s sets is sent to the model', (_by, name, windowTokens, expected) => {
  expect(windowFor(name, windowTokens)).toBe(expected);
});

test.each([
  ['nothing sets it', 'plain', undefined],
  ['it is set to less', 'small', undefined],
  ['the client sets less than the node', 'large', 512],
  ['it is set to a text', 'odd', undefined],
  ['the server does not let requests set it', 'fixed/m', 16_384],
])('the known window counts where %s', (_case, name, windowTokens) => {
  expect(windowFor(name, windowTokens)).toBe('2048 context_too_small');
});

import { expect, test } from 'vitest';
import { availableModels } from '../../../src/http/views/assignment.ts';
import type { Failure } from '../../../src/protocol/failure.ts';
import { Health } from '../../../src/routing/health.ts';
import { resolve } from '../../../src/routing/resolve.ts';
import type { Snapshot } from '../../../src/routing/snapshot.ts';
import { allHealthy, ask } from '../../support/snapshot.ts';
import { benchOf, configOf, listed } from '../harness.ts';

// A local server may pass some of its models on to a cloud, such as Ollama's `gpt-oss:120b-cloud`.

const CONFIG = {
  default_lane: 'main',
  providers: { o: { type: 'ollama', base_url: 'http://127.0.0.1:1' } },
  lanes: {
    main: { preferred: ['o/gpt-oss:120b-cloud'] },
    private: { preferred: ['o/gpt-oss:120b-cloud'], cloud: false },
  },
};
const MODELS = [
  listed('gpt-oss:120b-cloud', { remote: true }),
  listed('mine:latest'),
  listed('other', { remote: true }),
];

async function snapshotOf(isListed: boolean): Promise<Snapshot> {
  const bench = await benchOf(await configOf(CONFIG));
  if (isListed) bench.registry.applyListing('o', { models: MODELS, singleModel: false });
  return bench.registry.snapshot;
}

const verdicts = (name: string, snapshot: Snapshot): string[] =>
  resolve(ask(name), snapshot, allHealthy).entries.map(
    ({ link, code }) => `${link.target.id} ${code ?? 'ready'}`,
  );

test('a remote model of a local server gets no request that is to stay local', async () => {
  const snapshot = await snapshotOf(true);
  expect(verdicts('lane:private', snapshot)).toEqual([
    'o/mine:latest ready',
    'o/gpt-oss:120b-cloud not_allowed',
  ]);
  expect(verdicts('lane:main', snapshot)[0]).toBe('o/gpt-oss:120b-cloud ready');
});

test('nor before the list of its server is known, if its name shows where it runs', async () => {
  expect(verdicts('lane:private', await snapshotOf(false))).toEqual(['o/gpt-oss:120b-cloud not_allowed']);
});

test('it is never the best local model, and the list of models does not call it local', async () => {
  const snapshot = await snapshotOf(true);
  expect(verdicts('lane:main', snapshot)).not.toContain('o/other ready');
  const local = availableModels(snapshot, new Health(() => 0.5), 0).filter((model) => model.local);
  expect(local.map(({ model_id }) => model_id)).toEqual(['mine:latest']);
});

test('a cloud that refuses the account does not stop the local models of the same server', async () => {
  const snapshot = await snapshotOf(true);
  const health = new Health(() => 0.5);
  const failure: Failure = {
    ...{ class: 'auth', code: 'upstream_auth', status: 401, summary: 'rejected the API key (401)' },
    ...{ retryAfterMs: null, upstream: null },
  };
  health.failed(snapshot.models.get('o/gpt-oss:120b-cloud')!, failure, 0);
  expect(health.at(1).deferral(snapshot.models.get('o/mine:latest')!)).toBeNull();
});

import { expect, it } from 'vitest';
import { changedPaths } from '../../src/config/difference.ts';
import { load } from './files.ts';

const models = {
  providers: { ollama: { type: 'ollama' } },
  lanes: { coder: {}, writer: {}, orchestrator: {} },
  nodes: { evaluate: { lane: 'coder' } },
  models: { 'ollama/a:1': {} },
};

it('lists each changed, added or removed entry, sorted; empty when nothing differs', async () => {
  const before = await load({ models });
  expect(changedPaths(before, await load({ models }))).toEqual([]);
  const after = await load({
    models: {
      ...models,
      default_lane: 'coder',
      lanes: { writer: { params: { temperature: 1 } }, coder: {}, orchestrator: {} },
      nodes: { evaluate: { lane: 'writer' }, judge: { lane: 'coder' } },
      models: { 'ollama/b:1': {} },
      ledger: { max_rows: 5 },
      rules: { deep_ingest: { lane: 'writer' } },
    },
  });
  const changed = [
    'default_lane',
    'lanes.writer',
    'ledger.max_rows',
    'models["ollama/a:1"]',
    'models["ollama/b:1"]',
    'nodes.evaluate',
    'nodes.judge',
    'rules.deep_ingest',
  ];
  expect(changedPaths(before, after)).toEqual(changed);
  expect(changedPaths(after, before)).toEqual(changed);
});

it('includes changes by the environment', async () => {
  const before = await load({ models });
  const after = await load(
    { models },
    { LANEWAY_LANE_CODER_URL: 'http://new.lan:1', LANEWAY_LANE_CODER_BACKEND: 'vllm' },
  );
  expect(changedPaths(before, after)).toEqual(['lanes.coder', 'providers.env-coder']);
});

import { expect, it } from 'vitest';

import { load } from './files.ts';

const providers = { a: { type: 'openai_compatible', base_url: 'http://127.0.0.1:1/v1' } };
const preferred = ['a/alpha'];

async function warningsOf(file: object): Promise<readonly string[]> {
  return (await load({ models: { providers, ...file } })).warnings;
}

it('lanes without the default lane are named, with what to set', async () => {
  expect(await warningsOf({ lanes: { main: { preferred }, side: { preferred } } })).toEqual([
    'default_lane is "orchestrator", which no file defines; set it to one of: main, side',
  ]);
  expect(await warningsOf({ lanes: { orchestrator: { preferred } } })).toEqual([]);
  expect(await warningsOf({ default_lane: 'main', lanes: { main: { preferred } } })).toEqual([]);
  expect(await warningsOf({})).toEqual([]);
});

it('an alias with the name of a node or lane is named', async () => {
  const aliases = { main: 'a/alpha', evaluate: 'a/alpha', free: 'a/alpha' };
  const nodes = { evaluate: { model: 'a/alpha' } };
  expect(await warningsOf({ default_lane: 'main', lanes: { main: { preferred } }, nodes, aliases })).toEqual([
    expect.stringMatching(/^aliases\.main: has no effect, because a lane/),
    expect.stringMatching(/^aliases\.evaluate: has no effect, because a node/),
  ]);
});

it('a misspelt parameter and a number in quotes are named, and other unknown parameters are not', async () => {
  const params = { max_token: 5, temprature: 0, temperature: '0', top_a: 1, mirostat: 2, min_tokens: 3 };
  const lanes = { orchestrator: { preferred, params } };
  expect(await warningsOf({ lanes })).toEqual([
    expect.stringMatching(/^lanes\.orchestrator\.params\.max_token: .*did you mean "max_tokens"\?/),
    expect.stringMatching(/params\.temprature: .*did you mean "temperature"\?/),
    expect.stringMatching(/params\.temperature: .*expect a number; write it without quotes/),
  ]);
});

it('a pool that no provider uses is named', async () => {
  const pools = { locla: { budget_gb: 64 }, local: { min_residency_s: 10 }, gpu: { budget_gb: 24 } };
  const moved = { ...providers, b: { ...providers.a, pool: 'gpu' } };
  expect(await warningsOf({ providers: moved, pools })).toEqual([
    'pools.locla: has no effect, because no provider uses it; did you mean "local"?',
  ]);
});

it('a provider whose pool has no settings, but nearly the name of another, is named', async () => {
  const moved = { ...providers, b: { ...providers.a, pool: 'lokal' }, c: { ...providers.a, pool: 'gpu0' } };
  expect(await warningsOf({ providers: moved, pools: { local: { budget_gb: 64 } } })).toEqual([
    'providers.b.pool: no settings of a pool with this name; did you mean "local"?',
  ]);
});

it('deadlines in milliseconds, or that cannot pass, are named', async () => {
  const deadlines = { connect_s: 5000, first_token_s: 120, total_s: 60 };
  expect(await warningsOf({ lanes: { orchestrator: { preferred, deadlines } } })).toEqual([
    expect.stringMatching(/^lanes\.orchestrator\.deadlines\.connect_s: .*milliseconds.*write 5$/),
    expect.stringMatching(/first_token_s \(120\) is greater than total_s \(60\)/),
  ]);
  expect(await warningsOf({ defaults: { deadlines: { total_s: 86_400 } } })).toEqual([]);
});

it('a folder of GGUF files of a provider that serves none is named', async () => {
  const { warnings } = await load({
    models: {
      providers: {
        near: { type: 'ollama', models_dir: './models' },
        llamacpp: { type: 'llamacpp', models_dir: './models' },
      },
    },
  });
  expect(warnings).toEqual(['providers.near.models_dir: has no effect: its type is ollama, not llamacpp']);
});

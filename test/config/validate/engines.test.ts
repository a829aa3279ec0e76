import { expect, test } from 'vitest';

import { faultLines } from '../files.ts';

// Settings of engines and pools that contradict each other, or cannot work, are refused before anything starts.

const COMMAND = ['llama-server', '-m', '{path}', '--port', '{port}'];
const engine = (values: object, type = 'llamacpp'): object => ({
  providers: { p: { type, engine: values } },
});
const pool = (values: object): object => ({ pools: { local: values } });

const faults = (models: object): Promise<readonly string[]> => faultLines({ models });

test.each([
  [
    pool({ budget_gb: 8, reserve_gb: 8 }),
    'pools.local.reserve_gb: must be less than budget_gb, which is 8: the reserve is a part of the budget',
  ],
  [pool({ budget_gb: 128e9 }), 'pools.local.budget_gb: must be at most 100000'],
  [pool({ reserve_gb: 4_294_967_296 }), 'pools.local.reserve_gb: must be at most 100000'],
  [pool({ soft_c: 90, hard_c: 85 }), 'pools.local.soft_c: must be less than hard_c, which is 85'],
  [
    engine({ command: ['llama-server', '-m', '{path}'] }),
    'providers.p.engine.command: has no {port}: Laneway chooses the port of each server; add it, such as "--port", "{port}"',
  ],
  [
    engine({ command: [...COMMAND, '{file}'] }),
    'providers.p.engine.command: unknown placeholder {file}; known: {path}, {model}, {port}, {context}',
  ],
  [
    engine({ command: COMMAND, start: ['x'] }),
    'providers.p.engine.start: cannot be set together with "command": "command" starts one server for each model, "start" and "stop" one for all; remove either',
  ],
  [
    engine({ start: ['llama-server', '--port', '{port}'] }),
    'providers.p.engine.start: {port} is replaced only in "command", which starts one server for each model; write the port of base_url itself',
  ],
  [
    engine({ stop: ['docker', 'stop', '{model}'] }),
    'providers.p.engine.stop: {model} is replaced only in "command", which starts one server for each model; write the value itself',
  ],
  [engine({ command: [] }), 'providers.p.engine.command: must have at least 1 entry'],
  [
    engine({ idle_unload_s: 60 }, 'groq'),
    'providers.p.engine: provider "p" is a cloud provider, which Laneway cannot manage; remove it, or set "local": true if this is your own server',
  ],
])('%j', async (models, line) => {
  expect(await faults(models)).toEqual([`config/models.json: ${line}`]);
});

test.each([
  pool({ budget_gb: 8, reserve_gb: 7.5, soft_c: 80, hard_c: 90 }),
  engine({ command: [...COMMAND, '--alias', '{model}', '-c', '{context}'] }),
  engine({ command: [...COMMAND, '--json', '{"a":{}}', '{{x}}'] }),
  engine({ command: ['sh', '-c', 'exec server ${OPTIONS} --port {port}'] }),
  engine({ start: ['docker', 'ps', '--format', '{{model}}'], stop: ['x'] }),
])('%j is accepted', async (models) => {
  expect(await faults(models)).toEqual([]);
});

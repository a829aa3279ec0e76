import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realGateway } from '../real-gateway.ts';
import { at, doctor, freePort, healthy, setUp, engine } from './harness.ts';

test('an engine that is set up and does not run is a fault, without a gateway and with one', async () => {
  const port = await freePort();
  const config = { providers: { box: at(port) } };
  const without = await doctor(await setUp({ files: { 'models.json': config } }));
  const gateway = await realGateway({ config });
  const running = await doctor({}, '--url', gateway.url);
  for (const { code, of } of [without, running]) {
    expect(code).toBe(1);
    expect(of('no_engine')).toMatchObject([
      {
        severity: 'fault',
        found: `box refused the connection at http://127.0.0.1:${port}/v1`,
        fix: expect.stringContaining('LANEWAY_PROVIDER_BOX_URL'),
      },
    ]);
  }
});

test('an engine at another address than the configured one is named with the variable to set', async () => {
  const elsewhere = await engine([{ id: 'm', owned_by: 'vllm' }]);
  const config = { providers: { box: at(await freePort()) } };
  const enginePorts = [elsewhere];
  const without = await doctor({ ...(await setUp({ files: { 'models.json': config } })), enginePorts });
  const gateway = await realGateway({ config });
  const running = await doctor({ enginePorts }, '--url', gateway.url);
  for (const { code, of } of [without, running]) {
    expect(code).toBe(1);
    expect(of('engine_elsewhere')).toContainEqual({
      check: 'engines',
      severity: 'fault',
      code: 'engine_elsewhere',
      found: expect.stringMatching(
        /^an engine with 1 model \(vllm\) answers at \S+, but box is expected at /,
      ),
      fix: `set LANEWAY_PROVIDER_BOX_URL=http://127.0.0.1:${elsewhere}/v1 in .env, or let the engine listen there`,
    });
    expect(of('no_engine')).toEqual([]);
  }
});

test('an engine that no provider has is a warning while another one serves', async () => {
  const elsewhere = await engine([{ id: 'm', owned_by: 'lmstudio' }]);
  const surroundings = await setUp({ files: { 'models.json': await healthy() } });
  const { code, of } = await doctor({ ...surroundings, enginePorts: [elsewhere] });
  expect(code).toBe(0);
  const found = of('engine_elsewhere').find((each) => each.found.includes(`:${elsewhere},`));
  expect(found).toMatchObject({ severity: 'warning', fix: expect.stringContaining('"openai_compatible"') });
});

test('a gateway on a usual port of engines is not taken for one', async () => {
  const other = await engine([], { 'x-request-id': 'req_1' });
  const surroundings = await setUp({ files: { 'models.json': await healthy() } });
  const { of } = await doctor({ ...surroundings, enginePorts: [other] });
  expect(of('engine_elsewhere').filter(({ found }) => found.includes(`:${other},`))).toEqual([]);
});

test('an engine that a gateway starts when it is wanted is no fault while it does not run', async () => {
  const box = {
    type: 'vllm',
    base_url: 'http://127.0.0.1:1/v1',
    engine: { start: ['docker', 'start', 'm'] },
  };
  const { of, text } = await doctor(await setUp({ files: { 'models.json': { providers: { box } } } }));
  expect(of('no_engine')).toEqual([]);
  expect(text).toContain('box is started by Laneway');
});

test('a router that a gateway would start is no fault either, provided that its program is there', async () => {
  const surroundings = await setUp({
    files: {
      'models.json': {
        providers: { box: { type: 'llamacpp', base_url: 'http://127.0.0.1:1', models_dir: '.' } },
      },
    },
  });
  const bin = surroundings.workingDirectory;
  const variables = { ...surroundings.variables, PATH: bin };
  expect((await doctor({ ...surroundings, variables })).of('no_engine')).toHaveLength(1);
  writeFileSync(join(bin, 'llama-server'), '');
  chmodSync(join(bin, 'llama-server'), 0o755);
  const { of, text } = await doctor({ ...surroundings, variables });
  expect(of('no_engine')).toEqual([]);
  expect(text).toContain('box is started by Laneway');
});

import { expect, test } from 'vitest';
import { realGateway } from '../real-gateway.ts';
import { at, doctor, engine, setUp } from './harness.ts';

async function smallWindow(): Promise<Readonly<Record<string, unknown>>> {
  const port = await engine([{ id: 'small', owned_by: 'vllm', max_model_len: 4_096 }]);
  return {
    providers: { box: at(port) },
    default_lane: 'main',
    lanes: { main: { preferred: ['box/small'] } },
  };
}

test('a window below the limit of agents is a warning with the setting that raises it', async () => {
  const { code, of } = await doctor(await setUp({ files: { 'models.json': await smallWindow() } }));
  expect(code).toBe(0);
  expect(of('window_too_small')).toMatchObject([
    {
      severity: 'warning',
      found: 'box: context windows below the 32,768 tokens of agents: small (4,096)',
      fix: expect.stringContaining('--max-model-len 32768'),
    },
  ]);
});

test('it is a fault once requests have been too long for every model', async () => {
  const gateway = await realGateway({ config: await smallWindow(), discover: true });
  const reply = await gateway.chat({
    model: 'lane:main',
    messages: [{ role: 'user', content: 'word '.repeat(20_000) }],
  });
  expect(reply.status).toBe(400);
  await gateway.trace(reply);
  const { code, of } = await doctor({}, '--url', gateway.url);
  expect(code).toBe(1);
  expect(of('window_too_small')).toMatchObject([
    { severity: 'fault', found: expect.stringMatching(/; 1 of the latest requests were too long .*req_/) },
  ]);
});

import { expect, test } from 'vitest';
import { fakeGateway } from '../harness.ts';
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

const START = ['docker', 'run', 'vllm', 'serve', 'small'];
const TEMPLATE = ['llama-server', '-m', '{path}', '--port', '{port}'];
const ENTRY = (context: number): string => `{"models": {"box/small": {"context": ${context}}}}`;

test.each([
  [{ engine: { start: START } }, ['--max-model-len 32768', '"engine.start" of box']],
  [{ engine: { command: [...TEMPLATE, '-c', '{context}'] } }, [ENTRY(32_768)]],
  [{ engine: { command: [...TEMPLATE, '-c', '{context}', '-np', '4'] } }, [ENTRY(131_072)]],
  [{ engine: { command: TEMPLATE } }, ['"-c", "{context}" into "engine.command" of box', ENTRY(32_768)]],
])('where Laneway starts the server by %j, its own setting is named', async (set, words) => {
  const { providers, ...rest } = await smallWindow();
  const { box } = providers as { readonly box: object };
  const config = { ...rest, providers: { box: { ...box, ...set } } };
  const { of } = await doctor(await setUp({ files: { 'models.json': config } }));
  const [found] = of('window_too_small');
  for (const each of words) expect(found?.fix).toContain(each);
  expect(found?.fix).not.toContain('start llama-server with');
});

test('the window of a router that Laneway runs is a setting of Laneway', async () => {
  const provider = { id: 'l', name: 'l', type: 'llamacpp', base_url: 'http://127.0.0.1:8080', local: true };
  const models = [{ model_id: 'small', status: 'loaded', capabilities: { context_length: 4_096 } }];
  const { url } = await fakeGateway({
    'GET /health': { json: { version: '1', uptime_s: 1 } },
    'GET /ready': { json: { ready: true } },
    'GET /api/debug/health': { json: { state: { available: true, why: null } } },
    'GET /api/debug/models': { json: { available: [] } },
    'GET /api/debug/config?explain=1': { json: {} },
    'GET /api/engines': { json: { engines: [] } },
    'GET /api/debug/requests?state=failed&limit=50': { json: { requests: [] } },
    'GET /api/v1/llm/providers': {
      json: {
        providers: [{ ...provider, servers: [provider.base_url], enabled: true, key: { from: null } }],
      },
    },
    'POST /api/v1/llm/providers/l/validate': { json: { model_count: 1, error: null } },
    'GET /api/v1/llm/providers/l/models': { json: { models } },
  });
  const { of } = await doctor({}, '--url', url);
  expect(of('window_too_small')).toMatchObject([
    { fix: expect.stringContaining('{"models": {"l/small": {"context": 32768}}}') },
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

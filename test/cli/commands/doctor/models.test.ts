import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../store/harness.ts';
import { laneway } from '../harness.ts';
import { realGateway } from '../real-gateway.ts';
import { at, doctor, engine, serve, setUp } from './harness.ts';

/** An Ollama with these models; its port. */
function ollama(...names: readonly string[]): Promise<number> {
  return serve((request, response) => {
    const models = names.map((name) => ({ name, model: name, digest: name, capabilities: ['completion'] }));
    const replies: Readonly<Record<string, unknown>> = {
      '/api/tags': { models },
      '/api/ps': { models: [] },
      '/api/version': { version: '0.0.0' },
    };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(replies[request.url ?? ''] ?? {}));
  });
}

test('a model that a node uses and Ollama does not have is a fault with the command that pulls it', async () => {
  const config = {
    providers: { ollama: at(await ollama('llama3.1:8b'), 'ollama') },
    nodes: { evaluate: { model: 'ollama/qwen2.5:7b' } },
    default_lane: 'main',
    lanes: { main: { preferred: ['ollama/llama3.1:8b', 'ollama/mistral'] } },
  };
  const without = await doctor(await setUp({ files: { 'models.json': config } }));
  const gateway = await realGateway({ config });
  const running = await doctor({}, '--url', gateway.url);
  for (const { code, of } of [without, running]) {
    expect(code).toBe(1);
    expect(of('model_not_pulled')).toMatchObject([
      {
        severity: 'fault',
        found: 'Ollama does not have ollama/qwen2.5:7b, which is assigned to node evaluate',
        fix: 'ollama pull qwen2.5:7b',
      },
      { severity: 'warning', fix: 'ollama pull mistral:latest' },
    ]);
  }
});

test('an Ollama without any model is a fault', async () => {
  const config = { providers: { ollama: at(await ollama(), 'ollama') } };
  const { of } = await doctor(await setUp({ files: { 'models.json': config } }));
  expect(of('model_not_pulled')).toMatchObject([{ fix: expect.stringContaining('ollama pull MODEL') }]);
});

test('a model that was switched to, and is not there any more, names those that are', async () => {
  const config = {
    providers: { box: at(await engine([{ id: 'one' }, { id: 'two' }])) },
    nodes: { evaluate: { model: 'box/one' } },
  };
  const { url } = await realGateway({ config });
  const switched = await laneway(['switch', 'evaluate', 'box/three', '--force', '--url', url]);
  expect(switched.code).toBe(0);
  const { of } = await doctor({}, '--url', url);
  expect(of('model_not_pulled')).toMatchObject([
    {
      found: expect.stringContaining('box/three'),
      fix: expect.stringContaining('assign one that it has: one, two'),
    },
  ]);
});

test('a file in models_dir that cannot be used is a warning of the running gateway', async () => {
  const models = temporaryFolder();
  writeFileSync(join(models, 'cut.gguf'), 'GGUF');
  const box = { type: 'llamacpp', base_url: 'http://127.0.0.1:1', models_dir: models };
  const gateway = await realGateway({ config: { providers: { box } }, engines: {} });
  await Promise.all([gateway.app.engines.start(), gateway.app.modelFolders.settled()]);
  const { of } = await doctor({}, '--url', gateway.url);
  expect(of('file_unreadable')).toMatchObject([
    {
      severity: 'warning',
      found: expect.stringMatching(/^cut\.gguf in models_dir of box cannot be used: is /),
    },
  ]);
});

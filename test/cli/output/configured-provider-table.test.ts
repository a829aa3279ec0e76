import { expect, test } from 'vitest';
import { fakeGateway, laneway } from '../commands/harness.ts';

const provider = (id: string, type: string, url: string, from: string | null): object => ({
  ...{ id, name: id, type, base_url: url, local: from === null, enabled: true, source: 'shipped' },
  ...{ key: { set: false, from }, status: from === null ? 'unreachable' : 'needs_key', status_detail: null },
  ...{ validated_at: null, model_count: null, created_at: null, updated_at: null },
});

test('on 80 columns the address of an engine and the variable of a key are whole', async () => {
  const providers = [
    provider('llamacpp', 'llamacpp', 'http://127.0.0.1:11434', null),
    provider('anthropic', 'anthropic', 'https://api.anthropic.com', 'env:ANTHROPIC_API_KEY'),
    provider('xai', 'openai_compatible', 'https://api.x.ai/v1', 'env:XAI_API_KEY'),
  ];
  const { url } = await fakeGateway({ 'GET /api/v1/llm/providers': { json: { generation: 1, providers } } });
  const { stdout } = await laneway(['providers', '--url', url], { terminal: { columns: 80 } });
  expect(stdout).toContain('http://127.0.0.1:11434');
  expect(stdout).toMatch(/env:ANTHROPIC_API_KEY/);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

import { afterEach, expect, test } from 'vitest';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let server: FakeUpstream;
let gateway: TestGateway;

afterEach(async () => {
  await gateway.stop();
  await server.close();
});

const yes = { supported: true };
const no = { supported: false };

/** Shaped by `ModelInfo` of `@anthropic-ai/sdk` 1.11; docs: platform.claude.com/docs/en/api/models/list. */
const LISTED = {
  type: 'model',
  id: 'claude-of-tomorrow',
  display_name: 'Claude of Tomorrow',
  created_at: '2027-01-01T00:00:00Z',
  lifecycle: 'active',
  max_input_tokens: 1_000_000,
  max_tokens: 77_000,
  capabilities: {
    thinking: { supported: true, types: { adaptive: yes, enabled: no, disabled: no, between_tools: yes } },
    effort: { supported: true, low: yes, medium: yes, high: yes, xhigh: no, max: no },
    structured_outputs: yes,
  },
};

const ANSWER = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: 'Yes.' }],
  usage: { input_tokens: 1, output_tokens: 1 },
};

interface Sent {
  readonly body: Record<string, unknown>;
  readonly warnings: string | null;
}

async function ask(model: string, body: object): Promise<Sent> {
  let sent: Record<string, unknown> = {};
  server = await startFakeUpstream(({ method, json: read }) => {
    if (method === 'GET') return json(200, { data: [LISTED], has_more: false });
    sent = read() as Record<string, unknown>;
    return json(200, ANSWER);
  });
  gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { anthropic: { type: 'anthropic', base_url: server.url, api_key: 'env:ANTHROPIC_API_KEY' } },
      lanes: { main: { preferred: [`anthropic/${model}`] } },
    },
    variables: { ANTHROPIC_API_KEY: 'sk-fake-anthropic' },
  });
  const reply = await gateway.chat({ model: 'auto', ...body });
  expect(reply.status).toBe(200);
  return { body: sent, warnings: reply.headers.get('x-laneway-warnings') };
}

test('wire cases 101, 102, 105: a listed Claude is asked by what its list says of it', async () => {
  const { body, warnings } = await ask('claude-of-tomorrow', { temperature: 0.2, reasoning_effort: 'none' });
  expect(body).toMatchObject({ max_tokens: 77_000, thinking: { type: 'between_tools' } });
  expect(body).not.toHaveProperty('temperature');
  expect(warnings).toContain('parameter_dropped=temperature');
});

test('wire cases 101, 104: one that the list does not name is asked by the built-in table', async () => {
  const { body } = await ask('claude-sonnet-4-5-20250929', { reasoning_effort: 'high' });
  expect(body).toMatchObject({ max_tokens: 64_000, thinking: { type: 'enabled', budget_tokens: 16_384 } });
});

import { afterAll, beforeAll, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: laneOver(['http://127.0.0.1:9']) });
});
afterAll(() => gateway.stop());

test.each([
  ['of the wrong shape', '{"model":"node:evaluate","messages":"x"}', 'node:evaluate'],
  ['that is cut off', '{"model":"node:evaluate","messages":[', 'node:evaluate'],
  ['without a model', '{"messages":"x"}', ''],
])(
  'a body %s is traced under the present generation, with the model that it names',
  async (_, body, model) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    const id = answer.headers.get('x-request-id') ?? '';
    const { generation } = gateway.app.registry.snapshot;
    expect(generation).toBeGreaterThan(0);
    const trace = (await gateway.get(`/api/debug/requests/${id}`)) as Record<string, unknown>;
    expect(trace).toMatchObject({ requested: model, generation, state: 'failed' });
  },
);

import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { assignment, call, ended, stopAll } from '../http/operator.ts';
import { startSystem, type System } from './system.ts';

afterEach(stopAll);

const DEFAULTS = {
  plan_queries: 'anthropic/claude-sonnet-4-20250514',
  generate_response: 'anthropic/claude-sonnet-4-20250514',
  evaluate: 'anthropic/claude-haiku-4-5-20251001',
  update_profile: 'anthropic/claude-sonnet-4-20250514',
  generate_acknowledgment: 'xai/grok-3-mini',
};

interface DebugModels {
  readonly available: readonly Record<string, unknown>[];
  readonly assignments: Readonly<Record<string, Record<string, unknown>>>;
}

async function start(): Promise<System> {
  return ended(await startSystem('pipeline', {}));
}

test('the five steps run on their default models', async () => {
  const { gateway, chat, seen } = await start();
  for (const [node, target] of Object.entries(DEFAULTS)) {
    expect(await chat({ model: node })).toContain(`by ${target}`);
  }
  expect(seen.map(({ target }) => target)).toEqual(Object.values(DEFAULTS));
  const { assignments } = (await gateway.get('/api/debug/models')) as DebugModels;
  expect(Object.keys(assignments)).toEqual(Object.keys(DEFAULTS).toSorted());
  expect(assignments['evaluate']).toMatchObject({ why: 'simple scoring, cheap', is_default: true });
});

test('the table shows every model by provider with its name and its speed', async () => {
  const { gateway } = await start();
  const { available } = (await gateway.get('/api/debug/models')) as DebugModels;
  const rows = available.map(({ provider, model_id, name, speed }) => [
    `${String(provider)}/${String(model_id)}`,
    name,
    speed,
  ]);
  expect(rows).toEqual(
    expect.arrayContaining([
      ['anthropic/claude-sonnet-4-20250514', 'Claude Sonnet 4', 'medium'],
      ['anthropic/claude-haiku-4-5-20251001', 'Claude Haiku 4.5', 'fast'],
      ['groq/llama-3.3-70b-versatile', 'Llama 3.3 70B', 'very_fast'],
      ['groq/llama-3.1-8b-instant', 'Llama 3.1 8B', 'ultra_fast'],
      ['groq/mixtral-8x7b-32768', 'Mixtral 8x7B', 'very_fast'],
      ['xai/grok-3-mini', 'Grok 3 Mini', 'fast'],
    ]),
  );
});

test('Apply: the next run uses the new model and shows which; Reset all goes back to the preset', async () => {
  const { gateway, chat } = await start();
  const put = { provider: 'groq', model: 'llama-3.3-70b-versatile', reason: 'cheaper' };
  expect((await call(gateway, 'PUT', '/api/debug/models/evaluate', put)).status).toBe(200);
  expect(await chat({ model: 'evaluate' })).toContain('by groq/llama-3.3-70b-versatile');
  await expect
    .poll(() => assignment(gateway, 'evaluate'))
    .toMatchObject({
      is_default: false,
      reason: 'cheaper',
      last_model: { provider: 'groq', model_id: 'llama-3.3-70b-versatile' },
      last_duration_ms: expect.any(Number) as unknown,
    });
  const reset = await call(gateway, 'POST', '/api/debug/models/reset');
  expect(reset.body).toMatchObject({ reset: ['evaluate'] });
  expect(await chat({ model: 'evaluate' })).toContain(`by ${DEFAULTS.evaluate}`);
  expect(await assignment(gateway, 'evaluate')).toMatchObject({ is_default: true });
});

test('a model that its vendor has ended is answered by its living successor', async () => {
  const { answer, chat } = await start();
  const gone = {
    type: 'not_found_error',
    message: 'model: claude-sonnet-4-20250514',
    code: 'model_not_found',
  };
  answer('anthropic/claude-sonnet-4-20250514', json(404, { error: gone }));
  expect(await chat({ model: 'plan_queries' })).toContain('by anthropic/claude-sonnet-5-5');
});

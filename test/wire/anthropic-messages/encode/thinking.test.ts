import { describe, expect, test } from 'vitest';
import type { ChatRequest, ReasoningEffort, ReasoningRequest } from '../../../../src/protocol/chat.ts';
import {
  assistant,
  call,
  HI,
  result,
  send,
  SONNET_4_5,
  text,
  tool,
  user,
  type Sent,
} from '../../../support/claude-upstream.ts';

const asked = (effort: ReasoningEffort | null, more: Partial<ReasoningRequest> = {}): ReasoningRequest => ({
  effort,
  budgetTokens: null,
  display: null,
  ...more,
});
function think(
  reasoning: ReasoningRequest,
  id: string,
  more: Partial<ChatRequest> = {},
): Sent & { thinking: unknown; output: unknown } {
  const sent = send({ maxOutputTokens: 50_000, reasoning, ...more }, id);
  return { ...sent, thinking: sent.body['thinking'], output: sent.body['output_config'] };
}

describe('models with a thinking budget', () => {
  test('wire case 104: effort becomes a budget below the limit, and sampling is dropped', () => {
    const sent = think(asked('high'), SONNET_4_5, { temperature: 0.2, topK: 5, topP: 0.97 });
    expect(sent.thinking).toEqual({ type: 'enabled', budget_tokens: 16_384 });
    expect(sent.body).not.toHaveProperty('temperature');
    expect(sent.body).not.toHaveProperty('top_k');
    expect(sent.body['top_p']).toBe(0.97);
    expect(sent.output).toBeUndefined();
    expect(sent.warnings).toEqual(['parameter_dropped=temperature', 'parameter_dropped=top_k']);
  });

  test('wire case 106: the budget leaves room for the answer; without room thinking is dropped and the limit stays', () => {
    const small = think(asked('high'), SONNET_4_5, { maxOutputTokens: 4000 });
    expect(small.thinking).toEqual({ type: 'enabled', budget_tokens: 2000 });
    for (const reasoning of [asked('low'), asked(null, { budgetTokens: 1024 })]) {
      const none = think(reasoning, SONNET_4_5, { maxOutputTokens: 500, temperature: 0.2 });
      expect(none.thinking).toBeUndefined();
      expect(none.body).toMatchObject({ max_tokens: 500, temperature: 0.2 });
      expect(none.warnings).toEqual(['parameter_dropped=reasoning_effort (max_tokens too small)']);
    }
  });

  test('the client’s budget is sent unchanged unless it is invalid for the limit', () => {
    const budget = (tokens: number): unknown =>
      think(asked(null, { budgetTokens: tokens }), SONNET_4_5).thinking;
    expect(budget(30_000)).toEqual({ type: 'enabled', budget_tokens: 30_000 });
    expect(budget(50_000)).toEqual({ type: 'enabled', budget_tokens: 25_000 });
    expect(budget(5)).toEqual({ type: 'enabled', budget_tokens: 1024 });
  });

  test('effort none switches it off; display is passed on', () => {
    expect(think(asked('none'), SONNET_4_5).thinking).toEqual({ type: 'disabled' });
    expect(think(asked('none'), SONNET_4_5, { temperature: 0.2 }).body['temperature']).toBe(0.2);
    expect(think(asked('low', { display: 'omitted' }), SONNET_4_5).thinking).toEqual({
      type: 'enabled',
      budget_tokens: 2048,
      display: 'omitted',
    });
  });

  test('no thinking is requested for a reply that continues a turn without it: the API would reject it', () => {
    const prefill = think(asked('high'), SONNET_4_5, { messages: [HI, assistant(text('{'))] });
    expect(prefill.thinking).toBeUndefined();
    const tools = [tool('f')];
    const loop = [HI, assistant(call('a')), user(result('a', '1'))];
    expect(think(asked('high'), SONNET_4_5, { messages: loop, tools }).thinking).toBeUndefined();
    const thought = { type: 'thinking', text: 'hm', signature: 's' } as const;
    const whole = [HI, assistant(thought, call('a')), user(result('a', '1'))];
    expect(think(asked('high'), SONNET_4_5, { messages: whole, tools }).thinking).toMatchObject({
      type: 'enabled',
    });
  });

  test('Opus 4.5 gets the effort too', () => {
    const { thinking, output } = think(asked('xhigh'), 'claude-opus-4-5');
    expect(thinking).toMatchObject({ type: 'enabled' });
    expect(output).toEqual({ effort: 'high' });
  });
});

describe('models with adaptive thinking', () => {
  test('get the effort, clamped to the highest that they support', () => {
    expect(think(asked('medium'), 'claude-opus-5')).toMatchObject({
      thinking: { type: 'adaptive' },
      output: { effort: 'medium' },
      warnings: [],
    });
    expect(think(asked('xhigh'), 'claude-opus-4-6')).toMatchObject({
      output: { effort: 'high' },
      warnings: ['parameter_changed=reasoning_effort (xhigh to high)'],
    });
    expect(think(asked('minimal'), 'claude-opus-5').output).toEqual({ effort: 'low' });
    expect(think(asked('max', { display: 'summarized' }), 'claude-opus-5')).toMatchObject({
      thinking: { type: 'adaptive', display: 'summarized' },
      output: { effort: 'max' },
    });
  });

  test('a budget is sent only to those that support one', () => {
    const budget = asked(null, { budgetTokens: 5000 });
    expect(think(budget, 'claude-opus-4-6').thinking).toEqual({ type: 'enabled', budget_tokens: 5000 });
    expect(think(budget, 'claude-opus-5-5')).toMatchObject({
      thinking: { type: 'adaptive' },
      output: undefined,
      warnings: ['parameter_dropped=thinking.budget_tokens'],
    });
  });

  test.each([
    ['claude-fable-5', undefined, { effort: 'low' }],
    ['claude-opus-5-5', undefined, { effort: 'low' }],
    ['claude-sonnet-5-5', { type: 'between_tools' }, undefined],
    ['claude-opus-5', { type: 'disabled' }, undefined],
    ['claude-haiku-5-5', { type: 'disabled' }, undefined],
    ['claude-opus-4-7', { type: 'disabled' }, undefined],
  ])('wire case 105: effort none on %s is its minimum of thinking', (id, thinking, output) => {
    expect(think(asked('none'), id)).toMatchObject({ thinking, output });
  });
});

test('a model without thinking gets no thinking fields', () => {
  const limit = { maxOutputTokens: 8192 };
  const sent = think(asked('high'), 'claude-3-5-haiku-20241022', limit);
  expect(sent.thinking).toBeUndefined();
  expect(sent.warnings).toEqual(['parameter_dropped=reasoning_effort']);
  expect(think(asked('none'), 'claude-3-5-haiku-20241022', limit).warnings).toEqual([]);
});

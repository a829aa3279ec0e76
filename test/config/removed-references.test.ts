import { expect, it } from 'vitest';
import { load } from './files.ts';

const removed = { openai: null, anthropic: null, groq: null, xai: null };

it("entries of the operator's own file that name a removed provider are one warning", async () => {
  const { warnings } = await load({
    user: {
      providers: removed,
      aliases: { 'gpt-4o': 'openai/gpt-4o', mine: 'lane:coder' },
      lanes: { coder: { preferred: ['groq/fast', 'ollama/x:1'] } },
    },
  });
  const own = warnings.filter((line) => line.includes('left out'));
  expect(own).toHaveLength(1);
  expect(own[0]).toContain('config/user_models.json: ');
  expect(own[0]).toContain('aliases.gpt-4o (openai/gpt-4o)');
  expect(own[0]).toContain('lanes.coder.preferred (groq/fast)');
  expect(own[0]).not.toContain('cloud_fallback');
});

it('the shipped nodes that lose their models are two lines, one for each effect', async () => {
  const { warnings } = await load({ user: { providers: removed } });
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain('nodes.plan_queries, nodes.generate_response');
  expect(warnings[0]).toContain(
    'assigned to lane orchestrator, because the providers of their models were removed',
  );
  expect(warnings[1]).toBe('nodes.embeddings: has no model, because the provider of its model was removed');
});

it('a long list of such entries is cut', async () => {
  const aliases = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`a${index}`, 'xai/grok']));
  const { warnings } = await load({ user: { providers: { xai: null }, aliases } });
  expect(warnings.at(-1)).toContain('and 22 more');
});

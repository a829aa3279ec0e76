import { describe, expect, it } from 'vitest';
import { load } from './files.ts';

async function warnings(user: object): Promise<readonly string[]> {
  return (await load({ user })).warnings;
}

describe("a model of the operator's own files that no plan uses is named at start", () => {
  it('on a node, while cloud is false in defaults', async () => {
    const [line, ...more] = await warnings({
      defaults: { cloud: false },
      nodes: { cloudy: { model: 'openai/gpt-4o-mini' } },
    });
    expect(more).toEqual([]);
    expect(line).toContain(
      'nodes.cloudy: not used, because "cloud" is false in defaults: openai/gpt-4o-mini',
    );
    expect(line).toContain('set "cloud": true here');
  });

  it('on a lane with cloud false and only cloud models', async () => {
    const lane = { cloud: false, preferred: ['openai/a'], cloud_fallback: ['groq/b'] };
    const [line, ...more] = await warnings({ lanes: { mine: lane } });
    expect(more).toEqual([]);
    expect(line).toContain('lanes.mine: not used, because "cloud" is false here: openai/a, groq/b');
    expect(line).toContain('remove "cloud": false');
  });

  it('on a shipped node that the operator keeps from the cloud', async () => {
    expect(await warnings({ nodes: { reasoning: { cloud: false } } })).toEqual([
      expect.stringContaining('nodes.reasoning: not used'),
    ]);
  });

  it('as the target of an alias', async () => {
    expect(await warnings({ defaults: { cloud: false }, aliases: { fast: 'openai/a' } })).toEqual([
      expect.stringContaining('aliases.fast: not used'),
    ]);
  });

  it('of a disabled provider, in one line with its places', async () => {
    const [line, ...more] = await warnings({
      providers: { groq: { enabled: false } },
      lanes: { mine: { preferred: ['groq/a', 'ollama/b:1'] } },
      nodes: { quick: { model: 'groq/c' } },
    });
    expect(more).toEqual([]);
    expect(line).toContain('providers.groq: "enabled" is false');
    expect(line).toContain('lanes.mine.preferred (groq/a), nodes.quick.model (groq/c)');
  });
});

it.each([
  ['shipped models while cloud is false', { defaults: { cloud: false } }],
  ['shipped models of a disabled provider', { providers: { openai: { enabled: false } } }],
  ['a shipped lane that is kept from the cloud', { lanes: { coder: { cloud: false } } }],
  [
    'a lane with one local model',
    { lanes: { mine: { cloud: false, preferred: ['openai/a', 'ollama/b:1'] } } },
  ],
  [
    'a lane that a node opens to the cloud',
    {
      defaults: { cloud: false },
      lanes: { mine: { preferred: ['openai/a'] } },
      nodes: { open: { lane: 'mine', cloud: true } },
    },
  ],
  [
    'a node that may use the cloud',
    { defaults: { cloud: false }, nodes: { cloudy: { model: 'openai/a', cloud: true } } },
  ],
])('nothing is said about %s', async (_, user) => {
  expect(await warnings(user)).toEqual([]);
});

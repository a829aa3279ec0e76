import { describe, expect, it } from 'vitest';
import { faultLines, load } from './files.ts';

describe('a lane that ships with Laneway and is removed by null', () => {
  it('takes the shipped alias to it along, with one warning', async () => {
    const config = await load({ user: { lanes: { coder: null } } });
    expect(config.lanes).not.toHaveProperty('coder');
    expect(config.aliases).not.toHaveProperty('claude-3-*');
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toContain('lane:coder removed');
    expect(config.warnings[0]).toContain('aliases["claude-3-*"] dropped');
  });

  it('moves the shipped default lane to the first one left', async () => {
    const config = await load({ user: { lanes: { orchestrator: null } } });
    expect(config.default_lane).toBe('coder');
    expect(config.lanes).not.toHaveProperty('orchestrator');
    expect(config.warnings).toHaveLength(1);
    expect(config.warnings[0]).toContain('default_lane moved to lane coder');
    expect(config.warnings[0]).toContain('aliases.gpt-4 dropped');
  });

  it('does not move a default lane that the operator chose, and the warning leaves it out', async () => {
    const config = await load({ user: { default_lane: 'planner', lanes: { orchestrator: null } } });
    expect(config.default_lane).toBe('planner');
    expect(config.warnings.join()).not.toContain('default_lane');
  });

  it('takes the shipped rule for very large requests along', async () => {
    const config = await load({ user: { lanes: { super_reader: null } } });
    expect(config.rules.deep_ingest).toBeNull();
    expect(config.warnings).toEqual([expect.stringContaining('rules.deep_ingest dropped')]);
  });

  it('leaves an empty default lane when all lanes are removed', async () => {
    const names = Object.keys((await load({})).lanes);
    const lanes = Object.fromEntries(names.map((name) => [name, null]));
    const config = await load({ user: { lanes } });
    expect(Object.keys(config.lanes)).toEqual(['orchestrator']);
    expect(config.lanes['orchestrator']?.preferred).toEqual([]);
  });

  it('is removed without a warning where nothing names it', async () => {
    expect((await load({ user: { lanes: { critic: null } } })).warnings).toEqual([]);
  });

  it.each([
    ['aliases.mine', { aliases: { mine: 'coder' } }],
    ['aliases.mine', { aliases: { mine: 'lane:coder' } }],
    ['nodes.mine.lane', { nodes: { mine: { lane: 'coder' } } }],
    ['default_lane', { default_lane: 'coder' }],
  ])("is a fault of the operator's own %s, with the remedy", async (path, own) => {
    const lines = await faultLines({ user: { ...own, lanes: { coder: null } } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`config/user_models.json: ${path}: lane "coder" is removed by null in`);
    expect(lines[0]).toContain('name another lane');
  });
});

it('a shipped alias to a node that is removed by null goes with it', async () => {
  const nodes = { quick: { lane: 'main' } };
  const shipped = {
    default_lane: 'main',
    lanes: { main: {} },
    nodes,
    aliases: { fast: 'node:quick', also: 'quick' },
  };
  const config = await load({ shipped, user: { nodes: { quick: null } } });
  expect(config.aliases).toEqual({});
  expect(config.warnings).toHaveLength(1);
});

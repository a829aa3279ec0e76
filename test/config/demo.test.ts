import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { DEMO_TYPE, load, PROVIDER_TYPES, SHIPPED } from './files.ts';

const directory = join(SHIPPED, 'demo');
const config = await loadConfig({
  directory,
  shippedDirectory: SHIPPED,
  providerTypes: [...PROVIDER_TYPES, DEMO_TYPE],
  environment: {},
});

describe('the demo configuration', () => {
  it('needs only the practice models and causes no warnings', async () => {
    expect(Object.keys(config.providers)).toEqual(['demo']);
    expect(config.providers.demo).not.toHaveProperty('api_key');
    expect(Object.keys(config.models)).toEqual(['demo/quick', 'demo/careful', 'demo/flaky']);
    expect(config.models['demo/quick']?.speed).toBe('very_fast');
    expect(config.models['demo/careful']?.speed).toBe('slow');
    expect(config.warnings).toEqual([]);
  });

  it('has the lanes of the shipped configuration and its chat nodes', async () => {
    const shipped = await load({});
    expect(Object.keys(config.lanes)).toEqual(Object.keys(shipped.lanes));
    expect(Object.keys(config.nodes)).toEqual(
      Object.keys(shipped.nodes).filter((name) => name !== 'embeddings'),
    );
  });

  it('shows a fallback: a node and a lane start with the flaky model, followed by another', async () => {
    expect(config.nodes.update_profile).toMatchObject({ model: 'demo/flaky', fallbacks: ['demo/careful'] });
    expect(config.lanes.coder?.preferred).toEqual(['demo/flaky', 'demo/careful', 'demo/quick']);
  });
});

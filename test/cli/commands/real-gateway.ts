import { onTestFinished } from 'vitest';
import { startGateway, type GatewayOptions, type TestGateway } from '../../support/gateway.ts';

const LOCAL = { type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1', local: true };

/** Two providers whose servers do not run, one without its key, two lanes, two nodes. */
export const CONFIG = {
  default_lane: 'main',
  providers: {
    box: { ...LOCAL, name: 'The box' },
    other: LOCAL,
    sky: { type: 'openai', api_key: 'env:NO_SUCH_KEY' },
  },
  models: { 'box/big': { name: 'Big', speed: 'slow' }, 'other/small': { speed: 'fast' }, 'sky/gpt': {} },
  lanes: {
    main: { preferred: ['box/big', 'other/small'], description: 'For everything' },
    quick: { preferred: ['other/small'] },
  },
  nodes: { evaluate: { model: 'box/big', why: 'scoring' }, plan: { lane: 'main' } },
};

/** A gateway that ends with the test. */
export async function realGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ config: CONFIG, discover: false, ...options });
  onTestFinished(() => gateway.stop());
  return gateway;
}

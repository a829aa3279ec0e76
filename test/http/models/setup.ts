import { onTestFinished } from 'vitest';

import { BarClient } from '../../support/bar-client.ts';
import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import {
  completion,
  laneOver,
  startGateway,
  type GatewayOptions,
  type TestGateway,
} from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

/** A server that lists the model `m` and always sends the same reply. */
export async function server(content: string): Promise<FakeUpstream> {
  const started = await startFakeUpstream(chatScript(() => json(200, completion(content))));
  onTestFinished(() => started.close());
  return started;
}

/** A gateway that is stopped after the test. */
export async function gateway(options: GatewayOptions): Promise<TestGateway> {
  const started = await startGateway(options);
  onTestFinished(() => started.stop());
  return started;
}

/** Configured capabilities of models. */
export const MODELS = {
  'a/m': { name: 'Model A', capabilities: { context_length: 8192, supports_tools: false } },
  'b/m': { capabilities: { context_length: 32768, parameter_count: 1_540_000_000 } },
  'b/org/name:free': {},
  'b/vec': { capabilities: { supports_embeddings: true } },
  'dark/gpt-x': {},
  'sky/gpt-x': { name: 'GPT X' },
};

/** Two local servers in the lane `main`, a cloud with a key and one without; no server is probed. */
export async function setUp(options: Partial<GatewayOptions> = {}): Promise<{
  laneway: TestGateway;
  bar: BarClient;
  config: Record<string, unknown>;
}> {
  const [a, b] = [await server('from a'), await server('from b')];
  const base = laneOver([a.url, b.url]);
  const config = {
    ...base,
    providers: {
      ...base.providers,
      sky: { type: 'openai', api_key: 'env:SKY_KEY' },
      dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY', name: 'Dark' },
    },
    models: MODELS,
  };
  const laneway = await gateway({
    config,
    variables: { SKY_KEY: 'sk-fake-000' },
    discover: false,
    ...options,
  });
  return { laneway, bar: new BarClient(laneway), config };
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { describeWithPython } from '../support/python.ts';
import {
  FEATURES,
  type ClientFeatures,
  type Feature,
  type Surroundings,
  type UpstreamWire,
} from './features.ts';
import { messagesUpstream } from './messages-upstream.ts';
import { nodeAnthropic } from './node-anthropic.ts';
import { nodeOpenAi } from './node-openai.ts';
import { nodeResponses } from './node-responses.ts';
import { openAiUpstream } from './openai-upstream.ts';
import { runPython } from './python-client.ts';
import { tableOf, type Cell } from './print-table.ts';

const UPSTREAMS: readonly UpstreamWire[] = ['openai-chat', 'anthropic-messages'];

let openAi: FakeUpstream;
let messages: FakeUpstream;
let gateway: TestGateway;
const cells: Cell[] = [];

beforeAll(async () => {
  openAi = await startFakeUpstream(openAiUpstream);
  messages = await startFakeUpstream(messagesUpstream);
  gateway = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-upstream' },
    config: {
      default_lane: 'openai-chat',
      providers: {
        open: { type: 'openai_compatible', base_url: `${openAi.url}/v1`, local: true },
        claude: { type: 'anthropic', base_url: messages.url, api_key: 'env:KEY' },
      },
      models: { 'open/m': { capabilities: { supports_reasoning: true } } },
      lanes: {
        'openai-chat': { preferred: ['open/m'] },
        'anthropic-messages': { preferred: ['claude/claude-sonnet-4-5'] },
      },
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await openAi.close();
  await messages.close();
  process.stdout.write(`\n${tableOf(cells)}\n`);
});

function surroundings(upstream: UpstreamWire): Surroundings {
  return { url: gateway.url, model: `lane:${upstream}`, upstream };
}

/** One cell of the table: what becomes of it is noted, and thrown on. */
async function cell(
  client: string,
  upstream: UpstreamWire,
  feature: Feature,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
    cells.push({ client, upstream, feature, ok: true });
  } catch (error) {
    cells.push({ client, upstream, feature, ok: false });
    throw error;
  }
}

function describeClient(client: string, features: ClientFeatures): void {
  describe.each(UPSTREAMS)(`${client} on an upstream of %s`, (upstream) => {
    test.each(FEATURES)('%s', (feature) =>
      cell(client, upstream, feature, () => features[feature](surroundings(upstream))),
    );
  });
}

describeClient('openai (Node)', nodeOpenAi);
describeClient('openai Responses (Node)', nodeResponses);
describeClient('@anthropic-ai/sdk (Node)', nodeAnthropic);

describeWithPython('the official clients for Python', () => {
  for (const [client, script] of [
    ['openai (Python)', 'python-openai.py'],
    ['anthropic (Python)', 'python-anthropic.py'],
  ] as const) {
    describe.each(UPSTREAMS)(`${client} on an upstream of %s`, (upstream) => {
      let fates: ReadonlyMap<string, string>;
      beforeAll(async () => {
        fates = await runPython(script, surroundings(upstream));
      }, 60_000);
      test.each(FEATURES)('%s', (feature) =>
        cell(client, upstream, feature, () => Promise.resolve(expect(fates.get(feature)).toBe('ok'))),
      );
    });
  }
});

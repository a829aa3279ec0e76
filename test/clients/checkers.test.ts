import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skipReason as noEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { pythonWithOpenAi } from '../support/python.ts';
import { NO_SDKS, sdkFolder } from '../support/sdks.ts';
import { hasRoute } from './has-route.ts';
import { compatCanary, llmComply, differences, type Explained } from './checkers.ts';

const MODEL = 'smollm2-135m-tools';
const PARAMS = { max_tokens: 150, temperature: 0, stop: ['.'] };

const IMAGE: Explained = {
  test: 'Image Input',
  words: /^HTTP 503|missing|empty|^expected (?:type='message'|status=)|^stop_reason: expected/,
  why: 'the model sees no images, and no other target is there: `no_target` (docs/errors.md)',
};

const NO_MODEL: Explained = {
  test: 'Error Handling',
  words: /^HTTP 200/,
  why: 'a request without `model` goes to the default lane (README.md, How a request names its target)',
};

const RESPONSES: readonly Explained[] = [
  IMAGE,
  NO_MODEL,
  {
    test: 'Compaction Endpoint',
    words: /missing or empty|'compact'|'compaction'/,
    why: 'compaction by the server is not offered: it needs stored responses',
  },
];

const CHAT: readonly Explained[] = [
  IMAGE,
  NO_MODEL,
  ...['Basic Text Response', 'System Prompt', 'Multi-turn Conversation', 'Tool Calling'].map((name) => ({
    test: name,
    words: /missing 'annotations' field/,
    why: 'only for answers with a web search (OpenAI: "Annotations for the message, when applicable, as when using the web search tool")',
  })),
];

const MESSAGES: readonly Explained[] = [
  IMAGE,
  ...['Basic Text Response', 'System Prompt', 'Multi-turn Conversation', 'Tool Calling'].map((name) => ({
    test: name,
    words: /^content\.\d+: \{'type': '(?:text|tool_use)'.*is not valid under any/,
    why: '`citations` and `caller` are left out: clients reject a null there (src/wire/anthropic-messages/encode/reply.ts)',
  })),
  {
    test: 'Error Handling',
    words: /may add default max_tokens/,
    why: 'a request without `max_tokens` is answered with the limit of the model (docs/api.md)',
  },
];

const absent =
  noEngine ??
  (sdkFolder === null ? NO_SDKS : null) ??
  (pythonWithOpenAi === null ? 'LANEWAY_TEST_PYTHON names no interpreter' : null);

describe.skipIf(absent !== null)(
  `public checkers of compatibility find only what is explained${absent === null ? '' : ` (${absent})`}`,
  () => {
    let llama: LlamaServer;
    let gateway: TestGateway;

    beforeAll(async () => {
      llama = await startLlama({ model: MODEL, args: ['-np', '1'] });
      gateway = await startGateway({
        config: {
          default_lane: 'main',
          providers: { llama: { type: 'llamacpp', base_url: llama.url } },
          // The checkers set none of these, and the model does not end by itself.
          models: { [`llama/${MODEL}`]: { params: PARAMS } },
          lanes: { main: { preferred: [`llama/${MODEL}`] } },
        },
      });
    }, 60_000);
    afterAll(async () => {
      await gateway.stop();
      await llama.stop();
    });

    test('llm-comply, OpenAI chat', { timeout: 120_000 }, async () => {
      expect(differences(await llmComply(gateway.url, 'openai-chat'), CHAT)).toEqual([]);
    });

    test('llm-comply, Messages', { timeout: 120_000 }, async () => {
      expect(differences(await llmComply(gateway.url, 'anthropic'), MESSAGES)).toEqual([]);
    });

    test('llm-comply, Responses', { timeout: 120_000 }, async (context) => {
      if (!(await hasRoute(gateway.url, '/v1/responses'))) context.skip('there is no /v1/responses yet');
      expect(differences(await llmComply(gateway.url, 'open-responses'), RESPONSES)).toEqual([]);
    });

    test('CompatCanary', { timeout: 120_000 }, async () => {
      const profile = (await hasRoute(gateway.url, '/v1/responses')) ? 'modern' : 'chat';
      expect(differences(await compatCanary(gateway.url, profile), [])).toEqual([]);
    });
  },
);

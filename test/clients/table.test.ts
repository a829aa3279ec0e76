import { afterAll, beforeAll, describe, test, type TestContext } from 'vitest';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { FEATURES, type Feature, type Surroundings, type UpstreamWire } from './features.ts';
import { hasRoute } from './has-route.ts';
import { messagesUpstream } from './messages-upstream.ts';
import { ollamaUpstream } from './ollama-upstream.ts';
import { openAiUpstream } from './openai-upstream.ts';
import { ClientTable, HOW, type Cell } from './print-table.ts';
import { LOCAL_ROWS, SCRIPT_ROWS, type Row } from './rows.ts';
import { responsesUpstream } from './responses-upstream.ts';
import { runScript, type Fates } from './scripts.ts';

/** Each wire of an upstream with a model that speaks it; OpenAI's `-pro` models speak only Responses. */
const MODELS: Readonly<Record<UpstreamWire, string>> = {
  'openai-chat': 'open/m',
  'anthropic-messages': 'claude/claude-sonnet-4-5',
  'openai-responses': 'openai/gpt-5.2-pro',
  'ollama-chat': 'ollama/m:latest',
};
const UPSTREAMS = Object.keys(MODELS) as UpstreamWire[];
const ROWS: readonly Row[] = [...LOCAL_ROWS, ...SCRIPT_ROWS.flatMap(({ rows }) => rows)];

const page = ClientTable.read();
const printing = process.env['LANEWAY_PRINT_CLIENTS'] === '1';
const cells: Cell[] = [];

let fakes: readonly FakeUpstream[];
let gateway: TestGateway;
/** Routes that this gateway does not have, and wires of upstreams that no provider speaks. */
let missing: ReadonlySet<string>;

beforeAll(async () => {
  const [openAi, messages, responses, ollama] = await Promise.all(
    [openAiUpstream, messagesUpstream, responsesUpstream, ollamaUpstream].map((script) =>
      startFakeUpstream(script),
    ),
  );
  fakes = [openAi!, messages!, responses!, ollama!];
  gateway = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-upstream' },
    config: {
      default_lane: 'openai-chat',
      providers: {
        open: { type: 'openai_compatible', base_url: `${openAi!.url}/v1`, local: true },
        claude: { type: 'anthropic', base_url: messages!.url, api_key: 'env:KEY' },
        openai: { type: 'openai', base_url: `${responses!.url}/v1`, api_key: 'env:KEY' },
        ollama: { type: 'ollama', base_url: ollama!.url },
      },
      models: {
        'open/m': { capabilities: { supports_reasoning: true } },
        'ollama/m:latest': {
          capabilities: { supports_reasoning: true, supports_tools: true, supports_vision: true },
        },
      },
      lanes: Object.fromEntries(UPSTREAMS.map((wire) => [wire, { preferred: [MODELS[wire]] }])),
    },
  });
  const routes = [...new Set(ROWS.map(({ route }) => route))];
  const there = await Promise.all(routes.map((route) => hasRoute(gateway.url, route)));
  const spoken = await Promise.all(UPSTREAMS.map(answers));
  missing = new Set([
    ...routes.filter((_, index) => there[index] === false),
    ...UPSTREAMS.filter((_, index) => spoken[index] === false),
  ]);
});

afterAll(async () => {
  await gateway.stop();
  for (const fake of fakes) await fake.close();
  const table = page.with(ROWS, cells);
  if (printing) table.write();
  process.stdout.write(`\n${table.toString()}\n`);
});

/** Whether a chat reaches the upstream of this wire. */
async function answers(wire: UpstreamWire): Promise<boolean> {
  const messages = [{ role: 'user', content: 'Hello?' }];
  return (await gateway.chat({ model: `lane:${wire}`, messages })).ok;
}

function surroundings(upstream: UpstreamWire): Surroundings {
  return { url: gateway.url, model: `lane:${upstream}`, upstream };
}

/** One cell of the table: noted, and compared with what docs/clients.md says. Throws what was wrong where it should work. */
async function cell(
  context: TestContext,
  row: Row,
  upstream: UpstreamWire,
  feature: Feature,
  run: () => Promise<void>,
): Promise<void> {
  if (missing.has(row.route)) context.skip(`there is no ${row.route} yet`);
  if (missing.has(upstream)) context.skip(`no provider speaks ${upstream} yet`);
  const fault = await run().then(
    () => null,
    (error: unknown) => ({ error }),
  );
  cells.push({ row, upstream, feature, ok: fault === null });
  if (printing) {
    if (fault !== null)
      process.stderr.write(`${row.client} on ${upstream}, ${feature}: ${String(fault.error)}\n`);
    return;
  }
  const verdict = page.verdict(row, upstream, feature);
  if (fault !== null && verdict !== false) throw fault.error;
  if (verdict !== (fault === null)) throw new Error(`this works, and docs/clients.md says otherwise: ${HOW}`);
}

describe.each(LOCAL_ROWS)('$client calls $route', (row) => {
  describe.each(UPSTREAMS)('on an upstream of %s', (upstream) => {
    test.for(FEATURES)('%s', (feature, context) =>
      cell(context, row, upstream, feature, () => row.features[feature](surroundings(upstream))),
    );
  });
});

for (const { script, absent, rows } of SCRIPT_ROWS) {
  describe.skipIf(absent !== null)(absent === null ? script : `${script} (${absent})`, () => {
    let fates: Fates;
    beforeAll(async () => {
      const served = UPSTREAMS.filter((upstream) => !missing.has(upstream));
      const runs = rows
        .filter(({ route }) => !missing.has(route))
        .flatMap(({ client }) => served.map((upstream) => ({ client, ...surroundings(upstream) })));
      if (runs.length > 0) fates = await runScript(script, runs);
    }, 120_000);

    describe.each(rows)('$client calls $route', (row) => {
      describe.each(UPSTREAMS)('on an upstream of %s', (upstream) => {
        test.for(FEATURES)('%s', (feature, context) =>
          cell(context, row, upstream, feature, async () => {
            const fate = fates({ client: row.client, upstream }, feature);
            if (fate !== 'ok') throw new Error(fate ?? 'the script did not get there');
          }),
        );
      });
    });
  });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { completion, type TestGateway } from '../../support/gateway.ts';
import { laneway, type Ran } from './harness.ts';
import { realGateway } from './real-gateway.ts';

const SHIPPED = join(import.meta.dirname, '..', '..', '..', 'config', 'models.json');
const CLOUDS = ['openai', 'anthropic', 'groq', 'xai'];

/**
 * The shipped configuration with one fake server for all providers; those without an entry in `served` refuse. `broken` is
 * the one model that does not answer.
 */
async function gatewayOver(
  served: Readonly<Record<string, readonly string[]>>,
  extra: object = {},
  broken: string | null = null,
): Promise<TestGateway> {
  const upstream = await startFakeUpstream((request) => {
    if (request.method === 'POST') {
      const { model } = request.json() as { model: string };
      return model === broken
        ? json(500, { error: { message: 'out of order' } })
        : json(200, { ...completion('Hello'), model });
    }
    const ids = served[request.path.split('/')[1] ?? ''];
    if (ids === undefined) return json(401, { error: { message: 'wrong key' } });
    return json(200, {
      object: 'list',
      data: ids.map((id) => ({ id, object: 'model', created: 0, owned_by: 'x' })),
    });
  });
  onTestFinished(() => upstream.close());
  const provider = (id: string): object => ({
    ...{ type: 'openai_compatible', base_url: `${upstream.url}/${id}/v1`, local: true },
    ...(CLOUDS.includes(id) && { api_key: `env:${id.toUpperCase()}_API_KEY` }),
  });
  const keys = CLOUDS.filter((id) => served[id] !== undefined).map((id) => [
    `${id.toUpperCase()}_API_KEY`,
    'fake',
  ]);
  return realGateway({
    config: JSON.parse(readFileSync(SHIPPED, 'utf8')),
    files: {
      'user_models.json': {
        providers: Object.fromEntries(
          [...CLOUDS, 'vllm', 'llamacpp', 'ollama'].map((id) => [id, provider(id)]),
        ),
        ...extra,
      },
    },
    variables: Object.fromEntries(keys) as Record<string, string>,
    discover: true,
  });
}

interface Report {
  readonly generation: number;
  readonly changed: readonly string[];
  readonly types: readonly {
    readonly interaction_type: string;
    readonly result: string;
    readonly target: string | null;
    readonly temperature: number | null;
    readonly why: string;
  }[];
  readonly next: readonly string[];
}

function seed({ url }: TestGateway, ...options: readonly string[]): Promise<Ran> {
  return laneway(['seed', '--url', url, ...options], { now: Date.parse('2026-12-01') });
}

async function reportOf(gateway: TestGateway, ...options: readonly string[]): Promise<Report> {
  const { stdout } = await seed(gateway, '--json', ...options);
  return JSON.parse(stdout) as Report;
}

/** `reasoning: set groq/m at 0.7`. */
function rowsOf({ types }: Report): string[] {
  return types.map((type) => {
    const temperature = type.temperature === null ? '' : ` at ${type.temperature}`;
    return `${type.interaction_type}: ${type.result} ${type.target ?? 'none'}${temperature}`;
  });
}

async function auditRows(gateway: TestGateway): Promise<number> {
  return ((await gateway.get('/api/audit')) as { entries: unknown[] }).entries.length;
}

test('with a key of Groq alone, its models serve the chat types, and embeddings are skipped with the reason', async () => {
  const gateway = await gatewayOver({ groq: ['openai/gpt-oss-120b', 'openai/gpt-oss-20b'] });
  const { code, stdout } = await seed(gateway);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nopenai +skipped +no key: set OPENAI_API_KEY\n[^]*\ngroq +usable +2\n/);
  expect(stdout).toMatch(/\nreasoning +set +groq\/openai\/gpt-oss-120b +0\.7 +in lane:orchestrator\n/);
  expect(stdout).toMatch(/\ntools +set +groq\/openai\/gpt-oss-20b +0\.1 +quickest with tools\n/);
  expect(stdout).toMatch(/\nembeddings +skipped +no embedding model\n/);
  expect(stdout).toContain('not used: openai/gpt-4o, openai/gpt-4o-mini,');
  expect(stdout).toMatch(
    /\n {2}laneway explain reasoning --url http[^\n]*\n {2}curl http:\S+\/v1\/chat\/completions /,
  );
  expect(await gateway.get('/api/debug/models/reasoning')).toMatchObject({
    ...{ provider: 'groq', model_id: 'openai/gpt-oss-120b', is_default: false, reason: 'laneway seed' },
  });
});

test('a second run changes nothing: no generation, no audit row', async () => {
  const gateway = await gatewayOver({ groq: ['openai/gpt-oss-120b'], ollama: ['nomic-embed-text:latest'] });
  const first = await reportOf(gateway);
  expect(first.changed).toEqual(['reasoning', 'tools', 'subagents', 'planning', 'embeddings']);
  const rows = await auditRows(gateway);
  const { code, stdout } = await seed(gateway);
  expect([code, await auditRows(gateway)]).toEqual([0, rows]);
  expect(stdout).toContain(`nothing to change: all types are set up (generation ${first.generation})`);
  expect(await reportOf(gateway)).toMatchObject({ generation: first.generation, changed: [] });
});

test('the shipped models are kept where they are served, and their successors used where they are not', async () => {
  const gateway = await gatewayOver({
    openai: ['gpt-6-luna', 'gpt-4o-mini', 'text-embedding-3-small'],
    groq: [],
  });
  expect(rowsOf(await reportOf(gateway))).toEqual([
    'reasoning: set openai/gpt-6-luna at 0.7',
    'tools: unchanged openai/gpt-4o-mini at 0.1',
    'subagents: unchanged openai/gpt-4o-mini at 0.5',
    'planning: set openai/gpt-6-luna at 0.2',
    'embeddings: unchanged openai/text-embedding-3-small',
  ]);
});

test('a temperature that the configuration sets stays; one that it leaves out is set', async () => {
  const nodes = { reasoning: { params: null }, tools: { params: { temperature: 0.9 } } };
  const gateway = await gatewayOver({ openai: ['gpt-4o', 'gpt-4o-mini'] }, { nodes });
  const rows = rowsOf(await reportOf(gateway));
  expect(rows.slice(0, 2)).toEqual([
    'reasoning: set openai/gpt-4o at 0.7',
    'tools: unchanged openai/gpt-4o-mini at 0.9',
  ]);
  expect((await reportOf(gateway)).changed).toEqual([]);
});

test('what somebody has assigned is kept, unless --force', async () => {
  const gateway = await gatewayOver({ groq: ['openai/gpt-oss-120b', 'openai/gpt-oss-20b'] });
  const at = ['--url', gateway.url];
  await laneway(['switch', 'reasoning', 'groq/openai/gpt-oss-20b', '--reason', 'cheaper', ...at]);
  const { stdout } = await seed(gateway);
  expect(stdout).toMatch(/\nreasoning +kept +groq\/openai\/gpt-oss-20b +0\.7 +set by local: cheaper\n/);
  expect(stdout).toContain('reasoning: set by local: cheaper; --force replaces it');
  const forced = await reportOf(gateway, '--force');
  expect(forced.changed).toEqual(['reasoning']);
  expect(rowsOf(forced)[0]).toBe('reasoning: set groq/openai/gpt-oss-120b at 0.7');
});

test('--dry-run shows what would be set, and sets nothing', async () => {
  const gateway = await gatewayOver({ anthropic: ['claude-sonnet-5-5', 'claude-haiku-4-5-20251001'] });
  const { code, stdout } = await seed(gateway, '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nreasoning +set +anthropic\/claude-sonnet-5-5 /);
  expect(stdout).toMatch(/\ntools +set +anthropic\/claude-haiku-4-5-20251001 /);
  expect(stdout).toMatch(
    /\ndry run: nothing was changed; to set reasoning, [^\n]*:\n {2}laneway seed --url /,
  );
  expect(await auditRows(gateway)).toBe(0);
});

test('an embedding model that an earlier run has set stays, since vectors of others could not be compared', async () => {
  const served = { ollama: ['nomic-embed-text:latest'] as string[], openai: [] as string[] };
  const gateway = await gatewayOver(served);
  expect(rowsOf(await reportOf(gateway))[4]).toBe('embeddings: set ollama/nomic-embed-text:latest');
  served.openai.push('text-embedding-3-small', 'gpt-4o');
  const rows = rowsOf(await reportOf(gateway));
  expect([rows[0], rows[4]]).toEqual([
    'reasoning: unchanged openai/gpt-4o at 0.7',
    'embeddings: unchanged ollama/nomic-embed-text:latest',
  ]);
});

test('a model that does not fit into the memory is passed over, with the reason', async () => {
  const entry = (model: string): object => ({ model, name: model, size: 2e9, digest: model, details: {} });
  const upstream = await startFakeUpstream(({ path }) => {
    if (path === '/api/tags') return json(200, { models: [entry('big:latest'), entry('small:latest')] });
    if (path === '/api/ps') return json(200, { models: [] });
    return json(200, { version: '0.9.0', capabilities: ['completion', 'tools'], model_info: {} });
  });
  onTestFinished(() => upstream.close());
  const gateway = await realGateway({
    config: {
      default_lane: 'main',
      providers: { o: { type: 'ollama', base_url: upstream.url } },
      models: { 'o/big:latest': { capabilities: { reasoning_strength: 0.9, min_memory_gb: 20 } } },
      lanes: { main: {} },
      nodes: { reasoning: { model: 'o/missing' } },
    },
    discover: true,
    freeMemory: async () => 9,
  });
  const { stdout } = await seed(gateway);
  expect(stdout).toMatch(/\nreasoning +set +o\/small:latest +0\.7 +strongest reasoning\n/);
  expect(stdout).toMatch(/\n {2}not used: o\/missing:latest \(it is not installed\)\n/);
  expect(stdout).toMatch(/\n {2}not used: o\/big:latest \(o\/big:latest needs 20 GB [^\n]*\)\n/);
  expect((await reportOf(gateway)).changed).toEqual([]);
});

test('with --preflight a model that does not answer is passed over, with the message of its server', async () => {
  const served = { groq: ['openai/gpt-oss-120b', 'openai/gpt-oss-20b'] };
  const gateway = await gatewayOver(served, {}, 'openai/gpt-oss-120b');
  const { stdout } = await seed(gateway, '--preflight');
  expect(stdout).toMatch(/\nreasoning +set +groq\/openai\/gpt-oss-20b +0\.7 +strongest reasoning\n/);
  expect(stdout).toMatch(/\n {2}not used: groq\/openai\/gpt-oss-120b \([^\n]*out of order[^\n]*\)\n/);
  expect((await reportOf(gateway)).changed).toEqual([]);
});

test('models that a server lists later do not change what an earlier run has set, unless --force', async () => {
  const served = { vllm: ['small-3b'] };
  const gateway = await gatewayOver(served, {
    models: { 'vllm/large-70b': { capabilities: { reasoning_strength: 0.9 } } },
  });
  await seed(gateway);
  served.vllm.push('large-70b');
  const again = await reportOf(gateway);
  expect([again.changed, again.types[0]?.why]).toEqual([[], 'set by an earlier run']);
  expect(rowsOf(await reportOf(gateway, '--force'))[0]).toBe('reasoning: set vllm/large-70b at 0.7');
});

test('without a usable provider it is exit 1, and names the variables and a command that help', async () => {
  const gateway = await gatewayOver({});
  const { code, stdout } = await seed(gateway);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\nnothing could be set up: set one of OPENAI_API_KEY, ANTHROPIC_API_KEY, /);
  expect(stdout).toMatch(/\n {2}laneway providers update openai --key-stdin --url /);
  expect((await reportOf(gateway)).types.every(({ result }) => result === 'skipped')).toBe(true);
});

test('a configuration without the nodes is exit 1, and names the profile that has them', async () => {
  const gateway = await realGateway();
  const { code, stdout } = await seed(gateway);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\nreasoning +skipped +no such node\n/);
  expect(stdout).toContain('laneway profiles activate interaction-types');
});

test('a change that the gateway refuses is reported for its type', async () => {
  const gateway = await gatewayOver({ groq: ['openai/gpt-oss-120b'] }, { runtime_switching: false });
  const { code, stdout } = await seed(gateway);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\n {2}reasoning: "runtime_switching" is false: /);
});

test('types that need tools say so where no model calls them', async () => {
  const models = { 'vllm/plain': { capabilities: { supports_tools: false } } };
  const { types } = await reportOf(await gatewayOver({ vllm: ['plain'] }, { models }));
  expect(types.find((each) => each.interaction_type === 'tools')).toMatchObject({
    ...{ result: 'skipped', why: 'no model with tools' },
  });
});

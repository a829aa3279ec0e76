import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { writeConfig } from './support/config-files.ts';
import { json } from './support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from './support/fake-upstream.ts';
import { completion, laneOver } from './support/gateway.ts';
import { chatScript } from './support/model-list.ts';
import { post, startProcess, type GatewayProcess, type ProcessOptions } from './support/process.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function start(options: ProcessOptions): Promise<GatewayProcess> {
  const laneway = await startProcess(options);
  running.push(laneway);
  return laneway;
}

async function upstream(answer: string): Promise<FakeUpstream> {
  const server = await startFakeUpstream(chatScript(() => json(200, completion(answer))));
  running.push({ stop: () => server.close() });
  return server;
}

async function answerOf(laneway: GatewayProcess): Promise<string> {
  const messages = [{ role: 'user', content: 'Hello?' }];
  const reply = await post(`${laneway.url}/v1/chat/completions`, { model: 'auto', messages });
  return reply.text();
}

const eventually = (laneway: GatewayProcess, words: string): Promise<void> =>
  expect.poll(() => answerOf(laneway), { timeout: 5_000, interval: 50 }).toContain(words);

test.skipIf(process.platform === 'win32')(
  'SIGHUP applies changed files and keys of .env, and a bad file changes nothing and is logged',
  async () => {
    const [one, two] = [await upstream('from one'), await upstream('from two')];
    // The directory is created after the start, so that only the signal triggers a reload.
    const env = { LANEWAY_CONFIG_DIR: 'later', LANEWAY_PROVIDER_OPENAI_URL: `${one.url}/v1` };
    const laneway = await start({ env: { ...env, LANEWAY_PROVIDER_OPENAI_KEY: '' } });
    expect(laneway.stderr()).toContain('cannot watch the configuration directory');
    const base = laneOver([two.url]);
    const provider = { ...(base.providers['a'] as object), api_key: 'env:BOX_API_KEY' };
    writeConfig(laneway.folder, { '../later/models.json': { ...base, providers: { a: provider } } });
    writeFileSync(join(laneway.folder, '.env'), 'BOX_API_KEY=sk-fake-from-dot-env-0123\n');
    laneway.child.kill('SIGHUP');
    await eventually(laneway, 'from two');
    expect(two.requests.at(-1)?.headers['authorization']).toBe('Bearer sk-fake-from-dot-env-0123');
    writeConfig(laneway.folder, { '../later/models.json': { lanes: { main: { prefered: [] } } } });
    laneway.child.kill('SIGHUP');
    await expect.poll(() => laneway.stderr()).toContain('configuration not reloaded: later/models.json: ');
    expect(laneway.stderr()).toContain('did you mean \\"preferred\\"?');
    expect(await answerOf(laneway)).toContain('from two');
    expect(laneway.stderr()).not.toContain('sk-fake');
  },
);

test('a file saved by an editor is reloaded automatically, and the process can still be stopped', async () => {
  const [one, two] = [await upstream('from one'), await upstream('from two')];
  const laneway = await start({ files: { 'models.json': laneOver([one.url]) } });
  expect(await answerOf(laneway)).toContain('from one');
  // As editors do: a new file, renamed over the old one; every time, not only the first.
  for (const [server, words] of [
    [two, 'from two'],
    [one, 'from one'],
  ] as const) {
    writeConfig(laneway.folder, { 'models.json.tmp': laneOver([server.url]) });
    const folder = join(laneway.folder, 'config');
    renameSync(join(folder, 'models.json.tmp'), join(folder, 'models.json'));
    await eventually(laneway, words);
  }
  writeConfig(laneway.folder, { 'user_models.json': { aliases: { auto: 'lane:main', mine: 'lane:main' } } });
  await expect.poll(() => laneway.stderr()).toContain('aliases');
  laneway.child.kill('SIGTERM');
  expect(await laneway.exit).toEqual({ code: 0, signal: null });
});

test('an API call reloads, and reports faults of a bad file to the caller', async () => {
  const one = await upstream('from one');
  const laneway = await start({ files: { 'models.json': laneOver([one.url]) } });
  const url = `${laneway.url}/api/debug/config/reload`;
  expect(await (await fetch(url, { method: 'POST' })).json()).toMatchObject({ changed: [] });
  writeConfig(laneway.folder, { 'models.json': '{' });
  const reply = await fetch(url, { method: 'POST' });
  expect(reply.status).toBe(400);
  expect(await reply.json()).toMatchObject({
    error: {
      code: 'invalid_body',
      detail: { faults: [{ file: 'config/models.json', path: 'line 1, column 2' }] },
    },
  });
  expect(await answerOf(laneway)).toContain('from one');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { EngineHttp, EngineReply } from '../../../src/engines/drivers/engine-http.ts';
import { LlamaDriver } from '../../../src/engines/drivers/llama-driver.ts';
import { never, virtualTime } from '../../support/engines/drivers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-listed-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A router of somebody else, which lists these files by model. */
function driverOf(
  files: Readonly<Record<string, string>>,
  props: Readonly<Record<string, unknown>> = {},
  isOnThisMachine = true,
): LlamaDriver {
  const data = Object.entries(files).map(([id, path]) => ({
    id,
    status: { value: 'unloaded', args: ['/opt/llama-server', '--host', '127.0.0.1', '--model', path] },
  }));
  const answer = (body: unknown): Promise<EngineReply> =>
    Promise.resolve({ status: 200, body, text: JSON.stringify(body) });
  const http: EngineHttp = {
    get: (path) => answer(path.startsWith('/props') ? { role: 'router', ...props } : { data }),
    post: () => answer({ success: true }),
    lines: () => Promise.resolve(),
  };
  const time = virtualTime();
  return new LlamaDriver({
    providerId: 'l',
    http,
    time,
    limits: { stallMs: 60_000, stopMs: 10_000 },
    isOnThisMachine,
  });
}

test('the size of a file that a router lists is known, with all of its parts', async () => {
  const [single, first] = [join(folder, 'a.gguf'), join(folder, 'b-00001-of-00002.gguf')];
  writeFileSync(single, 'x'.repeat(1000));
  writeFileSync(first, 'x'.repeat(300));
  writeFileSync(join(folder, 'b-00002-of-00002.gguf'), 'x'.repeat(400));
  const driver = driverOf({
    a: single,
    b: first,
    c: join(folder, 'missing.gguf'),
    d: 'relative.gguf',
    e: folder,
  });
  await driver.residency(never);
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => driver.fileBytes(id))).toEqual([
    ...[1000, 700, null, null, null, null],
  ]);
});

test('the paths of a router on another machine are no files here', async () => {
  const path = join(folder, 'a.gguf');
  writeFileSync(path, 'x');
  const driver = driverOf({ a: path }, {}, false);
  await driver.residency(never);
  expect(driver.fileBytes('a')).toBeNull();
});

test('a router with autoload loads for requests by itself, one without does not', async () => {
  for (const [props, loads] of [
    [{ models_autoload: true }, true],
    [{ models_autoload: false }, false],
    [{}, false],
  ] as const) {
    const driver = driverOf({ a: '/a.gguf' }, props);
    expect(driver.loadsForRequests).toBe(false);
    await driver.residency(never);
    expect(driver.loadsForRequests).toBe(loads);
  }
});

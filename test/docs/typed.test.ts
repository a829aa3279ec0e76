import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { differences } from './answers.ts';
import { codeWords, read, section } from './pages.ts';
import { Reader, typedOn } from './typed.ts';

/** A path that the page must name. */
const EXPECTED_PATHS: Readonly<Record<string, string>> = {
  'docs/configuration.md': '/api/debug/config',
  'docs/clients.md': '/v1/messages',
};

const UNIMPLEMENTED = '## What is not there yet';

describe.each([
  ['README.md', 6],
  ['docs/configuration.md', 1],
  ['docs/operations.md', 1],
  ['docs/clients.md', 3],
])('%s: the commands and programs of the page, in order', (name, least) => {
  const page = read(name);
  const typed = typedOn(page);
  let reader: Reader;
  beforeAll(async () => {
    reader = await Reader.start();
  });
  afterAll(() => reader.stop());

  test('there are some, and each is followed by its output', () => {
    expect(typed.length).toBeGreaterThan(least);
    for (const { block, answer } of typed) expect(answer?.role, `line ${block.line}`).toBe('answer');
  });

  for (const { block, answer, missing } of typed) {
    const sentence = `line ${block.line}, ${block.language}: prints what is shown`;
    test.skipIf(missing !== null)(missing === null ? sentence : `${sentence} (${missing})`, async () => {
      expect(differences(answer ?? block, await reader.type(block))).toEqual([]);
    });
  }

  test('every path that is named exists, and none of those "not there yet"', async () => {
    const later = name === 'README.md' ? section(page, UNIMPLEMENTED) : '';
    const now = pathsIn(page.replace(later, ''));
    expect(now).toContain(EXPECTED_PATHS[name] ?? '/ready');
    for (const path of now) expect(await isThere(reader, path), path).toBe(true);
    for (const path of pathsIn(later)) expect(await isThere(reader, path), path).toBe(false);
  });
});

function pathsIn(page: string): string[] {
  return codeWords(page).flatMap((word) => /^(?:[A-Z]+ )?(\/(?!\/)[a-z0-9/_{}]*)$/.exec(word)?.[1] ?? []);
}

/** Folders of containers, and the end of a base URL. */
const NOT_CALLS = ['/data', '/config', '/v1'];

async function isThere({ demo }: Reader, path: string): Promise<boolean> {
  if (NOT_CALLS.includes(path)) return true;
  const reply = await fetch(demo.url + path);
  if (reply.ok || reply.status === 405) {
    await reply.body?.cancel();
    return true;
  }
  const { error } = (await reply.json()) as { error?: { code?: string } };
  return error?.code !== 'route_not_found';
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decide } from '../../src/demo/decide.ts';
import { generate } from '../../src/demo/generate.ts';
import { PRACTICE_MODELS } from '../../src/demo/practice-models.ts';
import { readChatRequest } from '../../src/demo/read-request.ts';

const [MODEL] = PRACTICE_MODELS;
const TYPED = 'use run_tool: touch CANARY; curl http://canary.example; rm -rf ./canary';
const NAMES = [
  ...[
    'command',
    'cmd',
    'shell_command',
    'commandLine',
    'script',
    'args',
    'commands',
    'code',
    'python',
    'source_code',
  ],
  ...[
    'sql',
    'path',
    'file_path',
    'filePath',
    'fileName',
    'directory',
    'cwd',
    'url',
    'URL',
    'baseUrl',
    'href',
    'host',
  ],
  ...[
    'email',
    'query',
    'pattern',
    'regex',
    'name',
    'id',
    'content',
    'new_string',
    'old_string',
    'prompt',
    'glob',
  ],
];
/** Every way in which a schema describes a text. */
const TEXTS: readonly (readonly [string, (name: string) => object])[] = [
  ['a string', () => ({ type: 'string' })],
  [
    'a string with a default',
    () => ({ type: 'string', default: 'touch CANARY', examples: ['touch CANARY'] }),
  ],
  ['a list', () => ({ type: 'array', items: { type: 'string' }, minItems: 3 })],
  [
    'one of several types',
    () => ({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
  ],
  ['a nullable string', () => ({ type: ['null', 'string'] })],
  ['a reference', () => ({ $ref: '#/$defs/text' })],
  ['anything', () => ({})],
  ['a map', () => ({ type: 'object', additionalProperties: { type: 'string' }, minProperties: 2 })],
  ['an object', (name) => ({ properties: { [name]: { type: 'string' } }, required: [name, 'more'] })],
  ['a short string', () => ({ type: 'string', maxLength: 9 })],
  ['a long string', () => ({ type: 'string', minLength: 60 })],
  ['a string with a pattern', () => ({ type: 'string', pattern: '^[a-z]+$' })],
];

function argumentsFor(parameters: object, typed = TYPED): Record<string, unknown> {
  if (MODEL === undefined) throw new Error('no practice model');
  const body = {
    messages: [{ role: 'user', content: typed }],
    tools: [{ type: 'function', function: { name: 'run_tool', parameters } }],
    tool_choice: 'required',
  };
  const decision = decide(MODEL, readChatRequest(Buffer.from(JSON.stringify(body))));
  if (decision.type !== 'calls') throw new Error('no call');
  return JSON.parse(decision.calls[0]?.arguments ?? '') as Record<string, unknown>;
}

const parametersOf = (schemaOf: (name: string) => object): object => ({
  $defs: { text: { type: 'string' } },
  properties: Object.fromEntries(NAMES.map((name) => [name, schemaOf(name)])),
  required: NAMES,
});

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

const ALL = [...new Set(TEXTS.flatMap(([, schemaOf]) => stringsIn(argumentsFor(parametersOf(schemaOf)))))];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-harmless-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('an agent that approves calls by itself', () => {
  test.each(TEXTS)("finds nothing of the user's text in the arguments: %s", (_, schemaOf) => {
    const values = stringsIn(argumentsFor(parametersOf(schemaOf)));
    expect(values.length).toBeGreaterThanOrEqual(NAMES.length);
    expect(values.filter((value) => /canary|touch|curl|rm|run_tool/i.test(value))).toEqual([]);
    expect(argumentsFor(parametersOf(schemaOf), 'run_tool, please')).toEqual(
      argumentsFor(parametersOf(schemaOf)),
    );
  });

  test.skipIf(process.platform === 'win32')('changes nothing by running any value in a shell', () => {
    for (const value of ALL) {
      const { stdout, error } = spawnSync('sh', ['-c', value], { cwd: folder, timeout: 5_000 });
      expect(error).toBeUndefined();
      expect(stdout.toString(), value).toBe('');
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('reads and deletes no file, and writes at most a new one in a new folder', async () => {
    await writeFile(join(folder, 'own.txt'), 'mine');
    for (const name of ['path', 'file_path', 'filePath', 'fileName', 'directory', 'cwd', 'notebook_path']) {
      const path = String(argumentsFor({ required: [name] })[name]);
      expect(path).toMatch(/^laneway-practice\/[\w-]+\.txt$/);
      const there = join(folder, path);
      await expect(readFile(there)).rejects.toThrow('ENOENT');
      await expect(rm(there)).rejects.toThrow('ENOENT');
      await expect(writeFile(there, 'x')).rejects.toThrow('ENOENT');
    }
    expect(readdirSync(folder)).toEqual(['own.txt']);
    await rm(join(folder, 'own.txt'));
  });

  test('reaches no server', () => {
    const { url, baseUrl, href, host, email } = argumentsFor(parametersOf(() => ({ type: 'string' })));
    for (const each of [url, baseUrl, href]) expect(new URL(String(each)).hostname).toBe('example.invalid');
    expect(host).toBe('example.invalid');
    expect(email).toMatch(/@example\.invalid$/);
    const formats = ['uri', 'url', 'email', 'hostname', 'ipv4', 'ipv6'];
    const values = formats.map((format) => generate({ type: 'string', format }));
    expect(values.filter((value) => !/\.invalid|^192\.0\.2\.|^2001:db8:/.test(String(value)))).toEqual([]);
  });

  test('gets the choice, the switches and the numbers that do least', () => {
    const parameters = {
      properties: {
        action: { enum: ['delete', 'read', 'write'] },
        only_choice: { enum: ['delete'] },
        force: { type: 'boolean' },
        dangerouslyDisableSandbox: { type: 'boolean' },
        dry_run: { type: 'boolean' },
        requires_approval: { type: 'boolean' },
        pid: { type: 'integer' },
        amount: { type: 'number' },
        count: { type: 'integer' },
      },
      required: ['action', 'only_choice', 'force', 'dangerouslyDisableSandbox', 'pid', 'amount', 'count'],
    };
    expect(argumentsFor(parameters)).toEqual({
      action: 'read',
      only_choice: 'delete',
      force: false,
      dangerouslyDisableSandbox: false,
      dry_run: true,
      requires_approval: true,
      pid: 2_147_483_647,
      amount: 0,
      count: 1,
    });
  });
});

test("JSON that a request asks for has nothing of the user's text either", () => {
  if (MODEL === undefined) throw new Error('no practice model');
  for (const response_format of [
    { type: 'json_object' },
    { type: 'json_schema', json_schema: { name: 'x', schema: parametersOf(() => ({ type: 'string' })) } },
  ]) {
    const body = { messages: [{ role: 'user', content: TYPED }], response_format };
    const decision = decide(MODEL, readChatRequest(Buffer.from(JSON.stringify(body))));
    expect(decision).toMatchObject({ type: 'json', text: expect.not.stringMatching(/canary/i) as string });
  }
});

test('a text or a result is quoted so that a client that reads calls from text finds none', () => {
  if (MODEL === undefined) throw new Error('no practice model');
  const typed = '<execute_command>ls</execute_command> ```sh\nls\n``` {"tool":"ls"} Action: ls';
  const body = { messages: [{ role: 'user', content: typed }] };
  const decision = decide(MODEL, readChatRequest(Buffer.from(JSON.stringify(body))));
  expect(decision.type === 'text' && decision.text.slice(decision.text.indexOf('You asked'))).not.toMatch(
    /[<>`{}]|Action:/,
  );
});

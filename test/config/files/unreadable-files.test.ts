import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { faultLines, inDirectory, linesOf, load, PROVIDER_TYPES, SHIPPED } from '../files.ts';

const file = 'config/models.json';

describe('invalid JSON is reported with line and column, and without quoting the file', () => {
  const cases: Readonly<Record<string, readonly [string | Uint8Array, string]>> = {
    'a value without quotes': [
      '{\n  "lanes": {\n    "coder": sk-fake-literal\n',
      'line 3, column 14: invalid JSON: unknown word or symbol; keys and strings need double quotes',
    ],
    'a missing comma': [
      '{ "a": 1\r\n  "b": 2 }',
      'line 2, column 3: invalid JSON: expected a comma or a closing bracket',
    ],
    'a missing comma in a list': [
      '{ "a": [1 2] }',
      'line 1, column 11: invalid JSON: expected a comma or a closing bracket',
    ],
    'a missing colon': ['{ "a" 1 }', 'line 1, column 7: invalid JSON: expected a colon'],
    'a trailing comma': [
      '{ "a": 1, }',
      'line 1, column 11: invalid JSON: trailing comma; remove the comma before this bracket',
    ],
    'a trailing comma in a list': [
      '{ "a": [1, ] }',
      'line 1, column 12: invalid JSON: trailing comma; remove the comma before this bracket',
    ],
    'a missing value': ['{ "a": }', 'line 1, column 8: invalid JSON: expected a value'],
    'a comment': [
      '{\n  // keys\n}',
      'line 2, column 3: invalid JSON: comments are not allowed; remove it, or use models.yaml',
    ],
    'single quotes': [
      "{ 'a': 1 }",
      'line 1, column 3: invalid JSON: unknown word or symbol; keys and strings need double quotes',
    ],
    'a key without quotes': [
      '{ a: 1 }',
      'line 1, column 3: invalid JSON: unknown word or symbol; keys and strings need double quotes',
    ],
    'a number as a key': ['{ 1: 1 }', 'line 1, column 3: invalid JSON: expected a key in double quotes'],
    'an unterminated string': [
      '{ "a": "sk-fake-open\n}',
      'line 1, column 8: invalid JSON: unterminated string',
    ],
    'a control character in a string': [
      '{ "a": "sk-fake\topen" }',
      'line 1, column 8: invalid JSON: unescaped control character in a string',
    ],
    'a truncated file': [
      '{ "a": {',
      'line 1, column 9: invalid JSON: unexpected end of file; a bracket or quote is not closed',
    ],
    'an empty file': ['', 'line 1, column 1: invalid JSON: the file is empty; write {} or remove it'],
    'text after the end': ['{} {}', 'line 1, column 4: invalid JSON: expected the end of the file'],
    'a list instead of an object': ['[]', 'must contain one JSON object: { … }'],
    'UTF-16, as some shells write it': [
      new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
      'is UTF-16 text; save it as UTF-8',
    ],
  };
  for (const [name, [content, line]] of Object.entries(cases)) {
    it(name, async () => {
      expect(await faultLines({ models: content })).toEqual([`${file}: ${line}`]);
    });
  }

  it('no name is reported as unknown while the file that may define it is unreadable', async () => {
    const user = { nodes: { judge: { lane: 'anything' } }, lanez: {} };
    expect(await faultLines({ models: '{', user })).toEqual([
      `${file}: line 1, column 2: invalid JSON: unexpected end of file; a bracket or quote is not closed`,
      'config/user_models.json: lanez: unknown key; did you mean "lanes"?',
    ]);
  });
});

describe('missing and unreadable files', () => {
  it('a byte order mark is ignored', async () => {
    expect((await load({ models: '\ufeff{ "lanes": { "coder": {} } }' })).lanes).toHaveProperty('coder');
  });

  it('a directory instead of a file is a fault', async () => {
    await inDirectory({}, async (root) => {
      mkdirSync(join(root, 'config', 'models.json'));
      expect(await refusals(join(root, 'config'))).toEqual([
        `${root}/config/models.json: cannot be read (is a directory)`,
      ]);
    });
  });

  it.skipIf(process.platform === 'win32')(
    'a pipe or a device instead of a file is a fault and is not read',
    async () => {
      await inDirectory({}, async (root) => {
        const directory = join(root, 'config');
        spawnSync('mkfifo', [join(directory, 'user_models.json')]);
        symlinkSync('/dev/zero', join(directory, 'models.yaml'));
        expect(await refusals(directory)).toEqual(
          ['models.yaml', 'user_models.json'].map(
            (name) => `${directory}/${name}: cannot be read (not a regular file)`,
          ),
        );
      });
    },
  );

  it('too deep nesting is a fault', async () => {
    for (const levels of [65, 100_000]) {
      const models = `${'{"nodes":'.repeat(levels)}1${'}'.repeat(levels)}`;
      expect(await faultLines({ models })).toEqual([
        `${file}: line 1, column 577: nested deeper than 64 levels`,
      ]);
    }
  });

  it('a file with thousands of faults reports the first thousand and the number of the others', async () => {
    const names = Array.from({ length: 50_000 }, (_, number) => `n${number}`);
    const models = { nodes: Object.fromEntries(names.map((name) => [name, { modell: 'x' }])) };
    const lines = await faultLines({ models });
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)).toBe(`${file}: and 49000 more faults`);
  });

  it('a file of more than 2 MiB is a fault and is not read', async () => {
    await inDirectory({}, async (root) => {
      const path = join(root, 'config', 'user_models.json');
      writeFileSync(path, `{}${' '.repeat(2 * 1024 * 1024)}`);
      expect(await refusals(join(root, 'config'))).toEqual([
        `${path}: is too large (2097154 bytes; the limit is 2 MiB)`,
      ]);
      writeFileSync(path, `{}${' '.repeat(2 * 1024 * 1024 - 2)}`);
      expect(await refusals(join(root, 'config'))).toEqual([]);
    });
  });

  it.skipIf(process.getuid?.() === 0)('a file without permission is a fault', async () => {
    await inDirectory({ models: {} }, async (root) => {
      chmodSync(join(root, 'config', 'models.json'), 0);
      expect(await refusals(join(root, 'config'))).toEqual([
        `${root}/config/models.json: cannot be read (permission denied)`,
      ]);
    });
  });

  it('a missing directory counts as empty', async () => {
    await inDirectory({}, async (root) => {
      rmSync(join(root, 'config'), { recursive: true });
      expect(await refusals(join(root, 'config'))).toEqual([]);
    });
  });

  it('a missing shipped models.json is a fault', async () => {
    await inDirectory({}, async (root) => {
      const lines = await refusals(join(root, 'config'), join(root, 'shipped'));
      expect(lines).toEqual([`${root}/shipped/models.json: shipped file is missing; reinstall Laneway`]);
    });
  });

  function refusals(directory: string, shippedDirectory = SHIPPED): Promise<string[]> {
    return linesOf(
      loadConfig({ directory, shippedDirectory, providerTypes: PROVIDER_TYPES, environment: {} }),
    );
  }
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { load, SHIPPED } from './files.ts';

const text = readFileSync(join(SHIPPED, '..', '.env.example'), 'utf8');
const example = parseEnv(text);

it('.env.example copied as it is changes nothing', () => {
  expect(readEnvironment(example)).toEqual(readEnvironment({}));
});

it('.env.example names every variable that is read, each with a line on it', () => {
  const read = new Set<string>();
  readEnvironment(
    new Proxy<Record<string, string | undefined>>(
      {},
      {
        get: (_target, name) => {
          read.add(String(name));
          return undefined;
        },
      },
    ),
  );
  for (const name of read) expect(text, name).toContain(name);
  const lines = text.split('\n');
  for (const name of Object.keys(example).filter((each) => each.startsWith('LANEWAY_'))) {
    const at = lines.findIndex((line) => line.startsWith(`${name}=`));
    expect(lines[at - 1], name).toMatch(/^# .{10}/);
  }
});

it('.env.example names the key of every provider that ships', () => {
  const keys = Object.values(load({}).providers).flatMap(({ api_key }) =>
    api_key === undefined ? [] : [api_key.slice('env:'.length)],
  );
  expect(keys).toHaveLength(4);
  expect(Object.keys(example)).toEqual(expect.arrayContaining(keys));
  for (const key of keys) expect(example[key]).toBe('');
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configJsonSchema } from '../../../src/config/schema/json-schema.ts';
import { blocksOf, read } from '../../docs/pages.ts';
import { SHIPPED } from '../files.ts';

const readJson = (...path: string[]): object =>
  JSON.parse(readFileSync(join(SHIPPED, ...path), 'utf8')) as object;
const written = readJson('schema.json');
const schema = z.fromJSONSchema(written as Parameters<typeof z.fromJSONSchema>[0]);

it('config/schema.json is up to date (npm run schema generates it)', () => {
  expect(written).toEqual(configJsonSchema());
});

it('every key has a description', () => {
  const bare: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties = {}, additionalProperties: any, description } = node as Record<string, unknown>;
    // Request parameters have no descriptions.
    if (path !== '' && description === undefined && !path.endsWith('params.*')) bare.push(path);
    for (const [key, part] of Object.entries(properties as object)) walk(part, `${path}.${key}`);
    walk(any, `${path}.*`);
  };
  walk(written, '');
  expect(bare).toEqual([]);
});

describe('files that editors validate against the schema', () => {
  it('are valid: the shipped ones and the example of the README', () => {
    const shipped = readJson('models.json');
    const demo = readJson('demo', 'models.json');
    expect(shipped).toHaveProperty('$schema', './schema.json');
    expect(demo).toHaveProperty('$schema', '../schema.json');
    const examples = blocksOf(read('README.md')).filter(({ role }) => role.startsWith('config/'));
    expect(examples.length).toBeGreaterThan(0);
    for (const file of [shipped, demo, ...examples.map(({ text }) => JSON.parse(text) as unknown)]) {
      expect(schema.safeParse(file).error?.issues ?? []).toEqual([]);
    }
  });

  it('are invalid with a misspelt key or a wrong value, and may be null everywhere', () => {
    expect(schema.safeParse({ lanez: {} }).success).toBe(false);
    expect(schema.safeParse({ lanes: { coder: { cloud: 'no' } } }).success).toBe(false);
    expect(schema.safeParse({ models: { 'a/b': { speed: 'fastest' } } }).success).toBe(false);
    const removing = {
      lanes: { a: null, b: { cloud: null, params: { x: null } } },
      models: { 'a/b': { speed: null } },
    };
    expect(schema.safeParse(removing).success).toBe(true);
  });
});

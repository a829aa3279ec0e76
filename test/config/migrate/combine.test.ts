import { expect, test } from 'vitest';
import { combine, overlay, type Replaced } from '../../../src/config/migrate/combine.ts';
import { formatOf, shapeOf } from '../../../src/config/migrate/recognise.ts';
import { known } from './older.ts';

const TAGS = known().tags;

test('missing values are added at the highest place where nothing is', () => {
  const { edits, conflicts } = combine(
    { lanes: { a: { cloud: true } } },
    { lanes: { a: { preferred: ['x/y'] }, b: {} } },
    TAGS,
  );
  expect(edits).toEqual([
    { path: ['lanes', 'a', 'preferred'], value: ['x/y'] },
    { path: ['lanes', 'b'], value: {} },
  ]);
  expect(conflicts).toEqual([]);
});

test.each([
  [
    'an untagged model',
    { models: { 'ollama/mistral': { speed: 'fast' } } },
    { models: { 'ollama/mistral:latest': { speed: 'fast' } } },
  ],
  [
    'an untagged name in a list',
    { lanes: { a: { preferred: ['ollama/m'] } } },
    { lanes: { a: { preferred: ['ollama/m:latest'] } } },
  ],
  [
    'an older name of a capability',
    { models: { 'x/y': { capabilities: { model_size: '7B' } } } },
    { models: { 'x/y': { capabilities: { parameter_count: 7e9 } } } },
  ],
])('%s is the same', (_, existing, values) => {
  expect(combine(existing, values, TAGS)).toEqual({ edits: [], conflicts: [] });
});

test('another value is a conflict, a null of the file too', () => {
  const existing = { lanes: { a: { cloud: true }, b: null } };
  const { edits, conflicts } = combine(
    existing,
    { lanes: { a: { cloud: false }, b: { cloud: true } } },
    TAGS,
  );
  expect(edits).toEqual([]);
  expect(conflicts).toEqual([
    { path: ['lanes', 'a', 'cloud'], existing: true, value: false },
    { path: ['lanes', 'b'], existing: null, value: { cloud: true } },
  ]);
});

test('a key is not added to a provider that keeps another address', () => {
  const { edits, conflicts } = combine(
    { providers: { openai: { base_url: 'https://mine.example/v1' } } },
    { providers: { openai: { base_url: 'https://theirs.example/v1', api_key: 'env:OPENAI_OWN_API_KEY' } } },
    TAGS,
  );
  expect(edits).toEqual([]);
  expect(conflicts.map(({ path }) => path.join('.'))).toEqual([
    'providers.openai.base_url',
    'providers.openai.api_key',
  ]);
});

test('of two older files the later one wins, and says so', () => {
  const replaced: Replaced[] = [];
  const values = overlay(
    { lanes: { a: { cloud: true, params: {} } } },
    { lanes: { a: { cloud: false } } },
    [],
    replaced,
  );
  expect(values).toEqual({ lanes: { a: { cloud: false, params: {} } } });
  expect(replaced).toEqual([{ path: ['lanes', 'a', 'cloud'] }]);
});

test.each([
  ['.env', '', 'env'],
  ['prod.env', '', 'env'],
  ['.env.local', '', 'env'],
  ['a.json', '', 'json'],
  ['a.yml', '', 'yaml'],
  ['noname', ' {', 'json'],
  ['noname', '# x\nexport A=1', 'env'],
  ['noname', 'role_mappings:', 'yaml'],
])('%s with %j is read as %s', (file, text, format) => {
  expect(formatOf(file, text)).toBe(format);
});

test.each([
  ['roles.json', { model_profiles: {} }, 'roles'],
  ['api_keys.json', { openai: { nested: 'fake' } }, 'keys'],
  ['other.json', { openai: 'fake-key', groq: 'fake-key' }, 'keys'],
  ['other.json', { lanes: {} }, 'unknown'],
  ['other.json', { laneway_profile: 1 }, 'unknown'],
  ['other.json', { a: 'b' }, 'unknown'],
  ['other.json', [], 'unknown'],
])('%s with %j is %s', (file, content, kind) => {
  expect(shapeOf(file, content, known()).kind).toBe(kind);
});

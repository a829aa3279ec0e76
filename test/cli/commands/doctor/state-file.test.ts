import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { laneway } from '../harness.ts';
import { doctor, healthy, setUp } from './harness.ts';

test.each([
  ['this is no database at all', 'is not a SQLite file'],
  ['', 'is empty'],
])('a state file with which no start succeeds is a fault: %j', async (content, words) => {
  const surroundings = await setUp({ files: { 'models.json': await healthy() } });
  const file = join(surroundings.dataDirectory, 'laneway.db');
  writeFileSync(file, content);
  const { code, of } = await doctor(surroundings);
  expect(code).toBe(1);
  expect(of('state_damaged')).toMatchObject([
    { found: `${file} ${words}`, fix: expect.stringContaining('laneway restore') },
  ]);
});

test('several faults with one remedy show it once, after the last of them', async () => {
  const surroundings = await setUp({ files: { 'user_models.json': { lanez: {}, nodez: {} } } });
  mkdirSync(surroundings.dataDirectory, { recursive: true });
  const { stdout } = await laneway(['doctor'], surroundings);
  expect(stdout.match(/fault +configuration/g)).toHaveLength(2);
  expect(stdout.match(/until then the gateway refuses to start/g)).toHaveLength(1);
});

test('a PEM file of private CAs that cannot be read is a warning', async () => {
  const variables = { NODE_EXTRA_CA_CERTS: '/nonexistent/ca.pem' };
  const surroundings = await setUp({ files: { 'models.json': await healthy() }, variables });
  expect((await doctor(surroundings)).of('ca_not_usable')).toMatchObject([
    { severity: 'warning', found: expect.stringContaining('/nonexistent/ca.pem cannot be used (ENOENT)') },
  ]);
});

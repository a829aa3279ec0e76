import { expect, test } from 'vitest';
import { doctor, healthy, setUp } from './harness.ts';

const SKY = { type: 'openai_compatible', base_url: 'https://nothing.invalid/v1', api_key: 'env:SKY_API_KEY' };

test('a misspelt variable of the process is a fault with its right name', async () => {
  const variables = { LANEWAY_PROT: '4700' };
  const { code, of } = await doctor(await setUp({ files: { 'models.json': await healthy() }, variables }));
  expect(code).toBe(1);
  expect(of('variable_misspelt')).toMatchObject([
    { severity: 'fault', found: 'LANEWAY_PROT: unknown variable', fix: 'rename it to LANEWAY_PORT' },
  ]);
});

test('a key under another name, in .env or in the environment, is a fault without its value', async () => {
  const variables = { SKY_APIKEY: 'fake-value' };
  const files = { 'models.json': { providers: { sky: SKY } } };
  const inFile = await setUp({ files, variables, dotEnv: '# keys\nSKY_APIKEY=fake-value\nnonsense\n' });
  const fromFile = await doctor(inFile);
  expect(fromFile.of('variable_misspelt')).toMatchObject([
    {
      found: `${inFile.dotEnvFile}, line 2: no provider uses SKY_APIKEY`,
      fix: 'rename it to SKY_API_KEY',
    },
    { found: expect.stringContaining('line 3: not read'), fix: expect.stringContaining('NAME=value') },
  ]);
  const fromShell = await doctor(await setUp({ files, variables }));
  expect(fromShell.of('variable_misspelt')).toMatchObject([{ found: 'no provider uses SKY_APIKEY' }]);
  expect(fromFile.text + fromShell.text).not.toContain('fake-value');
});

test('a variable with an invalid value is a fault, although no address of a gateway follows from it', async () => {
  const variables = { LANEWAY_PORT: 'abc', LANEWAY_ADMIN_TOKEN: 'short' };
  const { code, of, text } = await doctor(
    await setUp({ files: { 'models.json': await healthy() }, variables }),
  );
  expect(code).toBe(1);
  expect(of('configuration').map(({ found }) => found)).toEqual([
    expect.stringContaining('LANEWAY_PORT: must be a whole number'),
    expect.stringContaining('LANEWAY_ADMIN_TOKEN: must be at least 16'),
  ]);
  expect(text).not.toContain('"short"');
});

test('invalid files are faults with their place, and a running gateway keeps its earlier configuration', async () => {
  const files = { 'models.json': { nodes: { evaluate: { modle: 'a/b' } } } };
  const { of } = await doctor(await setUp({ files }));
  expect(of('configuration')).toMatchObject(
    [
      {
        found: expect.stringMatching(/models\.json: nodes\.evaluate\.modle: unknown key/),
        fix: /refuses to start/,
      },
    ].map(({ found, fix }) => ({ found, fix: expect.stringMatching(fix) })),
  );
});

test.each(['SKY_API_KY', 'SKY_API_KEYS', 'SKY_API_EKY'])(
  'a key whose variable has a slip at its end (%s) is a fault with the right name',
  async (name) => {
    const files = { 'models.json': { providers: { sky: SKY } } };
    const { of } = await doctor(await setUp({ files, variables: { [name]: 'fake-value' } }));
    expect(of('variable_misspelt')).toMatchObject([
      { found: `no provider uses ${name}`, fix: 'rename it to SKY_API_KEY' },
    ]);
  },
);

test('a variable with a meaning of its own is not taken for a key', async () => {
  const files = { 'models.json': { providers: { sky: SKY } } };
  const variables = { SKY_API_BASE: 'https://sky.invalid', SKY_API_URL: 'https://sky.invalid' };
  const { of } = await doctor(await setUp({ files, variables }));
  expect(of('variable_misspelt')).toEqual([]);
});

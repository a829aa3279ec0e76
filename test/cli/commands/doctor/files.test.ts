import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctor, healthy, setUp } from './harness.ts';

test('files of the configuration directory that no layer reads are faults', async () => {
  const files = { 'models.json': await healthy(), 'models.yml': 'lanes: {}', 'models.yaml': 'lanes: {}' };
  const surroundings = await setUp({ files });
  const { code, of } = await doctor(surroundings);
  expect(code).toBe(1);
  expect(of('file_not_read')).toMatchObject([
    { found: join(surroundings.configDirectory, 'models.yml: not read'), fix: 'rename it to models.yaml' },
    { found: expect.stringContaining('models.yaml: ignored, because models.json exists') },
  ]);
});

test('they are found even if the configuration is invalid', async () => {
  const files = { 'models.json': '{', 'user_models.yaml': 'lanes: {}' };
  const { of } = await doctor(await setUp({ files }));
  expect(of('file_not_read')).toMatchObject([{ found: expect.stringContaining('user_models.yaml') }]);
});

test('a .env in the folder of the configuration, or under another name, is a fault without its values', async () => {
  const sky = {
    type: 'openai_compatible',
    base_url: 'https://nothing.invalid/v1',
    api_key: 'env:SKY_API_KEY',
  };
  const surroundings = await setUp({ files: { 'models.json': { providers: { sky } } } });
  const { configDirectory, workingDirectory, dotEnvFile } = surroundings;
  writeFileSync(join(configDirectory, '.env'), 'SKY_API_KEY=fake-value\nOTHER=1\n');
  writeFileSync(join(workingDirectory, '.env.txt'), 'LANEWAY_PORT=4700\n');
  const { of, text } = await doctor(surroundings);
  expect(of('file_not_read')).toMatchObject([
    {
      severity: 'fault',
      found: expect.stringMatching(/\.env\.txt: not read, although it sets LANEWAY_PORT$/),
    },
    {
      severity: 'fault',
      found: `${join(configDirectory, '.env')}: not read, although it sets SKY_API_KEY`,
      fix: `move these lines to ${dotEnvFile}, which is the one that is read`,
    },
  ]);
  expect(text).not.toContain('fake-value');
});

test('a .env of another project in the working directory is a warning only where a key is missing', async () => {
  const sky = {
    type: 'openai_compatible',
    base_url: 'https://nothing.invalid/v1',
    api_key: 'env:SKY_API_KEY',
  };
  const surroundings = await setUp({ files: { 'models.json': { providers: { sky } } } });
  const elsewhere = join(surroundings.workingDirectory, 'project');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, '.env'), 'SKY_API_KEY=fake-value\n');
  const { of } = await doctor({ ...surroundings, workingDirectory: elsewhere });
  expect(of('file_not_read')).toMatchObject([{ severity: 'warning' }]);
});

test('a configuration directory that a variable names and that does not exist is a fault', async () => {
  const surroundings = await setUp({});
  const { configDirectory, variables } = surroundings;
  rmSync(configDirectory, { recursive: true });
  const named = { ...surroundings, variables: { ...variables, LANEWAY_CONFIG_DIR: configDirectory } };
  expect((await doctor(named)).of('file_not_read')).toMatchObject([
    { found: expect.stringContaining('does not exist, so the shipped configuration is used') },
  ]);
});

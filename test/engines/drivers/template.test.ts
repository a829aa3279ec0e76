import { expect, test } from 'vitest';
import { engineEnvironment } from '../../../src/engines/drivers/processes/environment.ts';
import { fillTemplate } from '../../../src/engines/drivers/processes/template.ts';
import { writePreset } from '../../../src/engines/drivers/router/preset.ts';

const values = { path: '/m/a.gguf', model: 'a', port: 4711, context: 8192 };

test('a command has its placeholders replaced, wherever they are in an argument', () => {
  const template = [
    'llama-server',
    '-m',
    '{path}',
    '--port={port}',
    '-c',
    '{context}',
    '--alias',
    'x-{model}-{model}',
    '{other}',
  ];
  expect(fillTemplate(template, values)).toEqual([
    'llama-server',
    '-m',
    '/m/a.gguf',
    '--port=4711',
    '-c',
    '8192',
    '--alias',
    'x-a-a',
    '{other}',
  ]);
});

test('a value is never read as a placeholder, an option or a word of a shell', () => {
  const odd = { ...values, path: '/m/{port} $(rm -rf ~); "$&".gguf', model: '{path}' };
  expect(fillTemplate(['s', '{path}', '{model}'], odd)).toEqual(['s', odd.path, '{path}']);
});

test('without a context its argument is left out, and the option before it', () => {
  const none = { ...values, context: null };
  expect(fillTemplate(['s', '-c', '{context}', '-x'], none)).toEqual(['s', '-x']);
  expect(fillTemplate(['s', '--ctx-size={context}', '-x'], none)).toEqual(['s', '-x']);
});

test('a command that needs the file of a model without one says what to set', () => {
  expect(() => fillTemplate(['s', '{path}'], { ...values, path: null })).toThrow(
    /Model a has no file: set its path/,
  );
  expect(fillTemplate(['s', '{model}'], { ...values, path: null })).toEqual(['s', 'a']);
});

test('a started engine gets no key of the environment', () => {
  const given = {
    PATH: '/bin',
    HOME: '/root',
    OPENAI_API_KEY: 'fake',
    LANEWAY_ADMIN_TOKEN: 'fake',
    LLAMA_ARG_PORT: '1',
    UNSET: undefined,
  };
  expect(engineEnvironment(given, { TOKEN: 't' })).toEqual({ PATH: '/bin', HOME: '/root', TOKEN: 't' });
});

test('a preset has a section for each model, with its window', () => {
  const { text, skipped } = writePreset([
    { id: 'org/a:Q4', path: '/m/a b.gguf', context: 4096 },
    { id: 'b', path: '/m/[b].gguf', context: null },
  ]);
  expect(text).toBe(
    'version = 1\n\n[*]\nstop-timeout = 2\n\n[org/a:Q4]\nmodel = /m/a b.gguf\nctx-size = 4096\n\n[b]\nmodel = /m/[b].gguf\n',
  );
  expect(skipped).toEqual([]);
});

test.each([
  [{ id: 'a]b', path: '/m/a' }, 'its id'],
  [{ id: ' a', path: '/m/a' }, 'its id'],
  [{ id: '*', path: '/m/a' }, 'its id'],
  [{ id: 'a\nmodel = /etc/passwd', path: '/m/a' }, 'its id'],
  [{ id: 'a', path: '/m/a;b' }, 'its path'],
  [{ id: 'a', path: '/m/a#b' }, 'its path'],
  [{ id: 'a', path: '/m/a\n[b]' }, 'its path'],
])('a model that a preset cannot express is named, and the others stay: %o', (model, reason) => {
  const { text, skipped } = writePreset([
    { ...model, context: null },
    { id: 'good', path: '/m/g', context: null },
  ]);
  expect(skipped).toEqual([{ id: model.id, reason: expect.stringContaining(reason) }]);
  expect(text).toContain('[good]\nmodel = /m/g\n');
  expect(text.match(/^model =/gm)).toHaveLength(1);
});

test('two files with one id are not both in a preset', () => {
  const models = ['/m/1', '/m/2'].map((path) => ({ id: 'a', path, context: null }));
  expect(writePreset(models).skipped).toEqual([{ id: 'a', reason: 'another file has the same id' }]);
});

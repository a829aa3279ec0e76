import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readArguments, usage } from '../../src/cli/usage.ts';

test('the two arguments are parsed, in short and long form', () => {
  expect(readArguments([])).toEqual({ demo: false, help: false });
  expect(readArguments(['--demo'])).toEqual({ demo: true, help: false });
  expect(readArguments(['-h'])).toEqual({ demo: false, help: true });
});

test.each([[['--port', '80']], [['start']], [['--demo=yes']]])(
  'an unknown argument is reported in one line: %s',
  (args) => {
    const message = ((): string => {
      try {
        readArguments(args);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message).toMatch(/--port|start|--demo/);
    expect(message).toContain('known options: --demo, --help');
    expect(message).not.toContain('\n');
  },
);

test('the help lists every LANEWAY_ variable of .env.example', () => {
  const example = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
  const names = [...example.matchAll(/^#? ?(LANEWAY_[A-Z]+(?:_[A-Z]+)*)=/gm)].map(([, name]) => name ?? '');
  const text = usage('1.2.3', { config: 'config', data: 'data', dotEnv: '.env' });
  const parts = names.filter((name) => !/_(PROVIDER|LANE|LLM)_/.test(name));
  expect(parts.length).toBeGreaterThan(5);
  expect(parts.filter((name) => !text.includes(name))).toEqual([]);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

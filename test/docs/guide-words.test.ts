import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';

import { processPorts } from '../../src/cli/process-ports.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { callSections } from './api-page.ts';
import { blocksOf, codeWords, read } from './pages.ts';

const PROVIDERS = { providerTypes: async () => [], checkProviders: async () => [] };
const PROGRAM = buildProgram(processPorts({}, undefined, PROVIDERS), '');
const CALLS = callSections(read('docs/api.md')).flatMap(({ calls }) => calls);

describe.each(['docs/user-guide.md', 'docs/runbook.md'])('%s', (page) => {
  const text = read(page);
  const written = [
    ...codeWords(text),
    ...blocksOf(text).flatMap((block) => (block.language === 'sh' ? block.text.split('\n') : [])),
  ];

  const commands = written.filter((words) => words.startsWith('laneway '));
  test.each(commands)('%s: the command and its options exist', (line) => {
    expect(unknownIn(line)).toEqual([]);
  });

  const calls = written.filter((words) => /^(?:GET|POST|PUT|PATCH|DELETE) \//.test(words));
  test.each(calls)('%s is a call of the API', (call) => {
    expect(CALLS.filter((known) => isCall(call, known)).length).toBeGreaterThan(0);
  });

  test('what it shows as JSON is JSON', () => {
    const blocks = blocksOf(text).filter(({ language }) => language === 'json');
    for (const { text: json } of blocks) expect(JSON.parse(json)).toBeTypeOf('object');
  });

  test('there are many commands', () => expect(commands.length).toBeGreaterThan(15));
});

/** The words of a line that are neither a command nor one of its options. */
function unknownIn(line: string): string[] {
  const [, ...words] = line.replace(/ [<>|] ?.*$/, '').match(/"[^"]*"|\S+/g) ?? [];
  let command: Command = PROGRAM;
  while (command.commands.some((each) => each.name() === words[0])) {
    const name = words.shift();
    command = command.commands.find((each) => each.name() === name) ?? command;
  }
  const known = [PROGRAM, command].flatMap(({ options }) =>
    options.flatMap(({ long, short }) => [long, short]),
  );
  const isCommand = command !== PROGRAM;
  return [
    ...(isCommand ? [] : [line]),
    ...words.filter((word) => word.startsWith('-') && word !== '--help' && !known.includes(word)),
  ];
}

/** Whether a call with values in its path, and perhaps a query, is one of the page, such as `GET /api/profiles/{name}`. */
function isCall(call: string, known: string): boolean {
  const [path = ''] = call.replaceAll(/\{[^}]*\}/g, 'x').split('?');
  return new RegExp(`^${known.replaceAll(/\{[^}]*\}/g, '[^/]+')}$`).test(path);
}

import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  chatBody,
  userMessage,
  type ChatBody,
  type RequestOptions,
} from '../../../src/console/playground/chat.ts';
import { snippet, SNIPPETS, type SnippetKind } from '../../../src/console/playground/code/snippets.ts';
import { EXAMPLE_TOOLS } from '../../../src/console/playground/parse-options.ts';
import { startDemoServer, type DemoServer } from '../../../src/demo/server.ts';
import { demoType } from '../../../src/providers/demo/settings.ts';
import { PROVIDER_TYPES } from '../../../src/providers/index.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { pythonWithOpenAi } from '../../support/python.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What shells and languages treat specially. */
const ODD = `it's "quoted" \`id\` $HOME \${x} \\ !! %s\nJSON\n'''\n\u2028 naïve 模型 🦜\t`;

const OPTIONS: RequestOptions = {
  system: '',
  temperature: null,
  maxTokens: null,
  tools: null,
  schema: null,
  stream: true,
};

const ask = (text: string, options: Partial<RequestOptions> = {}): ChatBody =>
  chatBody('demo/quick', { ...OPTIONS, ...options }, [], [userMessage(text, [])]);

/** What the here-document of the curl command contains after the shell has read it. */
function readByShell(body: ChatBody): unknown {
  const script = `curl() { cat; }\n${snippet('curl', body, 'http://127.0.0.1:1')}`;
  const { stdout, stderr } = spawnSync('sh', { input: script, encoding: 'utf8', maxBuffer: 16_000_000 });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('the curl command', () => {
  test('passes quotes, line breaks, $, backticks and non-ASCII to the gateway unchanged', () => {
    const body = ask(ODD, { system: ODD, temperature: 0.7, maxTokens: 5, tools: EXAMPLE_TOOLS });
    expect(readByShell(body)).toEqual(body);
  });

  test('takes an image that is longer than an argument may be', () => {
    const image = `data:image/png;base64,${'A'.repeat(3_000_000)}`;
    const body = chatBody('demo/quick', OPTIONS, [], [userMessage('see', [image])]);
    expect(readByShell(body)).toEqual(body);
  });

  test('quotes the address, and reads the key from a variable', () => {
    const text = snippet('curl', ask('hi'), "http://host/it's");
    expect(text).toContain(String.raw`'http://host/it'\''s/v1/chat/completions'`);
    expect(text).toContain('"authorization: Bearer $LANEWAY_API_KEY"');
  });
});

test('Python gets its own words for true, false and null, and one argument a line', () => {
  const body = chatBody(
    'lane:coder',
    { ...OPTIONS, schema: { additionalProperties: false, default: null } },
    [],
    [userMessage('hi', [])],
  );
  expect(snippet('openai-python', body, 'http://gw:4600')).toContain(`stream = client.chat.completions.create(
  model="lane:coder",
  messages=[
    {
      "role": "user",
      "content": "hi",
    },
  ],
  response_format={
    "type": "json_schema",
    "json_schema": {
      "name": "reply",
      "strict": True,
      "schema": {
        "additionalProperties": False,
        "default": None,
      },
    },
  },
  stream=True,
`);
});

test('the Anthropic clients get system prompt, images, calls, results and a limit in the form of their API', () => {
  const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } } as const;
  const turns = [
    {
      input: [userMessage('see', ['data:image/png;base64,AAAA'])],
      answer: { role: 'assistant', content: null, tool_calls: [call] },
    },
  ] as const;
  const body = chatBody('evaluate', { ...OPTIONS, system: 'Be brief.' }, turns, [
    { role: 'tool', tool_call_id: 'c1', content: '21' },
  ]);
  const text = snippet('anthropic-javascript', body, 'http://gw:4600');
  for (const part of [
    'baseURL: "http://gw:4600"',
    'max_tokens: 1024',
    'system: "Be brief."',
    'media_type: "image/png"',
    'type: "tool_use"',
    'tool_use_id: "c1"',
  ])
    expect(text).toContain(part);
  expect(text).not.toMatch(/role: "(?:system|tool)"/);
});

describe('run against a gateway', () => {
  let demo: DemoServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    demo = await startDemoServer();
    gateway = await startGateway({
      types: [...PROVIDER_TYPES, demoType(demo.url)],
      config: {
        default_lane: 'main',
        providers: { demo: { type: 'demo' } },
        lanes: { main: { preferred: ['demo/quick'] } },
      },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await demo.close();
  });

  const kinds = (Object.keys(SNIPPETS) as SnippetKind[]).filter(
    (kind) => pythonWithOpenAi !== null || !kind.endsWith('python'),
  );

  test.each(kinds)('%s prints the answer, streamed and whole', async (kind) => {
    const [command, ...args] = commandOf(kind);
    for (const stream of [true, false]) {
      const text = snippet(kind, ask(`Hello ${ODD}`, { stream, tools: EXAMPLE_TOOLS }), gateway.url);
      const output = await outputOf(command, [...args, text]);
      expect(kind === 'curl' ? wordsOf(output) : output).toContain('practice model of Laneway');
      expect(kind === 'curl' ? wordsOf(output) : output).toContain('naïve 模型 🦜');
    }
  });
});

function commandOf(kind: SnippetKind): [string, ...string[]] {
  if (kind === 'curl') return ['sh', '-c'];
  if (kind.endsWith('python')) return [pythonWithOpenAi ?? 'python3', '-c'];
  return [process.execPath, '--input-type=module', '-e'];
}

/** The text of a reply as curl prints it. */
function wordsOf(output: string): string {
  const words = output.matchAll(/"content":("(?:[^"\\]|\\.)*")/g);
  return [...words].map(([, json]) => JSON.parse(json ?? '""') as string).join('');
}

function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      resolve(output);
    });
  });
}

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { CommandPorts, Terminal } from '../../../src/cli/ports.ts';
import { runCommandLine } from '../../../src/cli/run.ts';
import { checkAllTypes, PROVIDER_TYPES } from '../../../src/providers/index.ts';

/** Result of a command that ran in the test's own process. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test says of the process. */
export interface Surroundings {
  readonly variables?: Readonly<Record<string, string>>;
  readonly terminal?: Partial<Terminal>;
  /** Standard input. */
  readonly input?: string;
  /** What a person answers. */
  readonly answer?: string;
  readonly dataDirectory?: string;
  readonly configDirectory?: string;
  readonly now?: number;
  /** The path of `.env`. */
  readonly dotEnvFile?: string;
  readonly workingDirectory?: string;
  /** Gets what is shown in place of the last line. */
  readonly shownLines?: (string | null)[];
  /** Gets what Ctrl-C would call; without it nobody presses Ctrl-C. */
  readonly onInterrupt?: (listener: () => void) => () => void;
  /** Where engines are looked for: nowhere unless set, since other programs may have the usual ports. */
  readonly enginePorts?: readonly number[];
}

/** No terminal at all. */
const PIPES: Terminal = {
  columns: null,
  colors: false,
  progress: false,
  inputIsTerminal: false,
  interactive: false,
};

/** Runs `laneway …` in this process. */
export async function laneway(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let code = 0;
  const ports: CommandPorts = {
    dataDirectory: () => surroundings.dataDirectory ?? '/nonexistent/data',
    configDirectory: () => surroundings.configDirectory ?? '/nonexistent/config',
    variables: surroundings.variables ?? {},
    terminal: { ...PIPES, ...surroundings.terminal },
    print: (line) => out.push(`${line}\n`),
    note: (line) => err.push(`${line}\n`),
    showProgress: () => () => undefined,
    showLine: (line) => surroundings.shownLines?.push(line),
    onInterrupt: (listener) => surroundings.onInterrupt?.(listener) ?? (() => undefined),
    readInput: async () => surroundings.input ?? '',
    ask: async (question) => {
      err.push(`${question}\n`);
      return surroundings.answer ?? '';
    },
    now: () => surroundings.now ?? Date.parse('2026-01-01T00:00:00Z'),
    setExitCode: (exitCode) => {
      code = exitCode;
    },
    providerTypes: async () => PROVIDER_TYPES.map(({ settings }) => settings),
    checkProviders: checkAllTypes,
    enginePorts: surroundings.enginePorts ?? [],
    dotEnvFile: surroundings.dotEnvFile ?? '/nonexistent/.env',
    workingDirectory: surroundings.workingDirectory ?? '/nonexistent',
  };
  await runCommandLine(args, ports, '0.0.0');
  return { code, stdout: out.join(''), stderr: err.join('') };
}

/** A call that the fake gateway got. */
export interface Call {
  /** `PUT /api/secrets/groq`. */
  readonly call: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A reply of the fake gateway: a body, a status with one, or the text of a stream of events that then ends, or breaks off. */
export type FakeReply =
  | { readonly status: number; readonly body?: unknown }
  | { readonly json: unknown }
  | { readonly events: string; readonly isCut?: true };

/** A server that replies to fixed calls as a gateway would. */
export interface FakeGateway {
  readonly url: string;
  readonly calls: readonly Call[];
}

/** Starts a fake gateway; other calls than the given are 404 like those of a gateway. It ends with the test. */
export async function fakeGateway(replies: Readonly<Record<string, FakeReply>>): Promise<FakeGateway> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const call = `${request.method} ${request.url}`;
      calls.push({ call, authorization: request.headers.authorization, body });
      const reply = replies[call] ?? notFound(call);
      if ('events' in reply) {
        response.writeHead(200, { 'x-request-id': 'req_1', 'content-type': 'text/event-stream' });
        response.write(reply.events);
        if (reply.isCut === true) setImmediate(() => response.destroy());
        else response.end();
        return;
      }
      const status = 'status' in reply ? reply.status : 200;
      const content = 'json' in reply ? reply.json : reply.body;
      response.writeHead(status, {
        'x-request-id': 'req_00000000000000000',
        'content-type': 'application/json',
      });
      response.end(content === undefined ? '' : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

/** The body of an error of a gateway. */
export function refusal(status: number, code: string, message: string): FakeReply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}

function notFound(call: string): FakeReply {
  return refusal(404, 'route_not_found', `no route for ${call}`);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

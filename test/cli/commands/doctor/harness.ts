import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { writeConfig } from '../../../support/config-files.ts';
import { temporaryFolder } from '../../../store/harness.ts';
import { laneway, type Surroundings } from '../harness.ts';

/** A finding in the output of `doctor --json`. */
export interface ShownFinding {
  readonly check: string;
  readonly severity: 'fault' | 'warning' | 'ok';
  readonly code: string | null;
  readonly found: string;
  readonly fix: string | null;
}

/** What `doctor --json` has printed. */
export interface Diagnosis {
  readonly code: number;
  readonly text: string;
  readonly gateway: string | null;
  readonly findings: readonly ShownFinding[];
  /** The findings with this code. */
  readonly of: (code: string) => readonly ShownFinding[];
}

/** Runs `laneway doctor --json …` with the real clock. */
export async function doctor(surroundings: Surroundings, ...args: readonly string[]): Promise<Diagnosis> {
  const { code, stdout } = await laneway(['doctor', '--json', ...args], { now: Date.now(), ...surroundings });
  const { gateway, findings } = JSON.parse(stdout) as Pick<Diagnosis, 'gateway' | 'findings'>;
  return {
    ...{ code, text: stdout, gateway, findings },
    of: (wanted) => findings.filter((each) => each.code === wanted),
  };
}

/** What a test says of its set-up. */
export interface SetUp {
  /** Files of `config/`, by name. */
  readonly files?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** The text of `.env`; its variables are not set by it. */
  readonly dotEnv?: string;
}

/** A folder of its own with `config/`, `data/` and `.env`, and a port at which no gateway runs. */
export async function setUp({
  files = {},
  variables = {},
  dotEnv,
}: SetUp): Promise<
  Required<
    Pick<Surroundings, 'variables' | 'configDirectory' | 'dataDirectory' | 'dotEnvFile' | 'workingDirectory'>
  >
> {
  const folder = temporaryFolder();
  writeConfig(folder, files);
  mkdirSync(join(folder, 'data'));
  const dotEnvFile = join(folder, '.env');
  if (dotEnv !== undefined) writeFileSync(dotEnvFile, dotEnv);
  return {
    variables: { LANEWAY_PORT: String(await freePort()), ...variables },
    configDirectory: join(folder, 'config'),
    dataDirectory: join(folder, 'data'),
    ...{ dotEnvFile, workingDirectory: folder },
  };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An HTTP server that ends with the test; its port, which is a free one by default. */
export async function serve(listener: RequestListener, port = 0): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

type Models = readonly Readonly<Record<string, unknown>>[];

function listing(models: Models, headers: Readonly<Record<string, string>>): RequestListener {
  return (request, response) => {
    const isList = request.url?.endsWith('/models') === true;
    response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(isList ? { object: 'list', data: models } : { error: { message: 'no' } }));
  };
}

/** A server with OpenAI's list of models; its port. */
export function engine(models: Models, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return serve(listing(models, headers));
}

/** A provider of the configuration at a port of this machine. */
export function at(port: number, type = 'vllm'): Readonly<Record<string, string>> {
  return { type, base_url: `http://127.0.0.1:${port}${type === 'vllm' ? '/v1' : ''}` };
}

/** A set-up in which nothing is wrong: one engine with one model, which the default lane uses. */
export async function healthy(): Promise<Readonly<Record<string, unknown>>> {
  const port = await engine([{ id: 'big', owned_by: 'vllm', max_model_len: 131_072 }]);
  return {
    providers: { box: at(port) },
    default_lane: 'main',
    lanes: { main: { preferred: ['box/big'] } },
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildApp, type App } from '../../src/app.ts';
import type { Config } from '../../src/config/config.ts';
import { NOTHING_STORED, type StoredLayers } from '../../src/config/stored-layers.ts';
import { SecretVault } from '../../src/store/secrets/vault.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { AccessRules } from '../../src/http/authenticate/authenticate.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import type { ProviderType } from '../../src/providers/provider-type.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { systemClock, type Clock } from '../../src/util/clock.ts';
import { writeConfig } from './config-files.ts';

/** One line of a gateway's log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A gateway in this process, on a free port, with real state in a temporary folder. */
export interface TestGateway {
  readonly url: string;
  readonly app: App;
  readonly log: readonly LogLine[];
  /** The folder that holds `config/` and `data/`. */
  readonly folder: string;
  /** `POST /v1/chat/completions`; `messages` is filled in. */
  chat(
    body: Readonly<Record<string, unknown>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** GET as JSON. */
  get(path: string): Promise<unknown>;
  /** The trace of a reply, by its `x-request-id`; waits until the request has ended. */
  trace(reply: Response): Promise<Trace>;
  stop(): Promise<void>;
}

/** What tests read of a trace. */
export interface Trace {
  readonly id: string;
  readonly state: string;
  readonly target: string | null;
  readonly status: number | null;
  readonly node: string | null;
  readonly lane: string | null;
  readonly generation: number;
  readonly attempts: readonly {
    readonly n: number;
    readonly target: string;
    readonly class: string | null;
    readonly status: number | null;
    readonly possible_duplicate: boolean;
    readonly message: string | null;
    readonly first_token_ms: number | null;
  }[];
  readonly plan: readonly {
    readonly target: string;
    readonly code: string | null;
    readonly reason: string | null;
  }[];
  readonly usage: { readonly input_tokens: number | null; readonly output_tokens: number | null };
  readonly phases: readonly {
    readonly name: string;
    readonly start_ms: number;
    readonly duration_ms: number;
  }[];
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What a test may say of its gateway. */
export interface GatewayOptions {
  /** `models.json`. */
  readonly config: unknown;
  /** Further files of `config/`, by name; a value that is no text is written as JSON. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** The environment, for keys and for the configuration's own layer; a test may change it before a reload. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly types?: readonly ProviderType[];
  readonly maxBodyBytes?: number;
  /** Who may call; loopback without a token unless said. */
  readonly access?: Partial<AccessRules>;
  readonly clock?: Clock;
  /** Keeps the state of an earlier gateway: its folder. */
  readonly folder?: string;
  /** false: no probe runs by itself. */
  readonly discover?: boolean;
  /** The configuration counts as the one that ships with Laneway, not as the operator's. */
  readonly shipped?: boolean;
  /** The profiles of the package are there, too; what else it ships is not read. */
  readonly presets?: boolean;
  /** Stands in for the state in the folder. */
  readonly store?: Store;
  /** The built console, if there is one. */
  readonly consoleDirectory?: string;
  /** Laneway acts on engines, started with this environment. Absent: engines are only asked for their models. */
  readonly engines?: Readonly<Record<string, string | undefined>>;
  /** Free memory in gigabytes; absent: that of this machine. */
  readonly freeMemory?: () => Promise<number | null>;
}

/** Starts a gateway; every probe has ended once when it comes back. */
export async function startGateway(options: GatewayOptions): Promise<TestGateway> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'laneway-gateway-'));
  const directory = join(folder, 'config');
  writeConfig(folder, { 'models.json': options.config, ...options.files });
  const log: LogLine[] = [];
  const write =
    (level: LogLine['level']) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      log.push({ level, message, fields });
    };
  const clock = options.clock ?? systemClock;
  const types = options.types ?? PROVIDER_TYPES;
  const variables = options.variables ?? {};
  const shippedDirectory = options.presets === true ? SHIPPED : join(folder, 'shipped');
  const directories = {
    directory,
    shippedDirectory: options.shipped === true ? directory : shippedDirectory,
  };
  const load = (stored: StoredLayers = NOTHING_STORED): Promise<Config> =>
    loadConfig({
      stored,
      ...directories,
      providerTypes: types.map(({ settings }) => settings),
      environment: variables,
    });
  const config = await load();
  const store =
    options.store ??
    (await openStore({
      directory: join(folder, 'data'),
      now: clock.wall,
      log: { info: write('info'), warn: write('warn'), error: write('error') },
    }));
  const app = await buildApp({
    version: '0.0.0-test',
    config,
    load,
    directories,
    types,
    variable: (name) => variables[name],
    store,
    openSecrets: (sealed) => {
      const logger = { info: write('info'), warn: write('warn'), error: write('error') };
      return new SecretVault({ directory: join(folder, 'data'), environmentKey: null, sealed, log: logger });
    },
    consoleDirectory: options.consoleDirectory ?? null,
    access: { ...LOOPBACK, ...options.access },
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1024 * 1024,
    clock,
    random: () => 0.5,
    ...(options.engines === undefined
      ? {}
      : { engines: { directory: join(folder, 'data', 'engines'), environment: options.engines } }),
    ...(options.freeMemory === undefined ? {} : { freeMemory: options.freeMemory }),
    log: { info: write('info'), warn: write('warn'), error: write('error') },
  });
  await app.server.listen({ host: '127.0.0.1', port: 0 });
  if (options.discover !== false) await app.discovery.start();
  const { port } = app.server.server.address() as AddressInfo;
  return gatewayOf(app, `http://127.0.0.1:${port}`, log, folder, options.folder === undefined);
}

function gatewayOf(app: App, url: string, log: LogLine[], folder: string, ownFolder: boolean): TestGateway {
  const get = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
  return {
    url,
    app,
    log,
    folder,
    get,
    chat: (body, headers = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello?' }], ...body }),
      }),
    trace: async (reply) => {
      const id = reply.headers.get('x-request-id') ?? '';
      for (let tries = 0; tries < 100; tries += 1) {
        const trace = (await get(`/api/debug/requests/${id}`)) as Trace;
        if (trace.state !== undefined && trace.state !== 'running') return trace;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`request ${id} has not ended`);
    },
    stop: async () => {
      app.server.server.closeAllConnections();
      await app.recorder.idle();
      await app.close();
      if (ownFolder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The package's own `config/`. */
const SHIPPED = join(import.meta.dirname, '..', '..', 'config');

const LOOPBACK: AccessRules = {
  listenHost: '127.0.0.1',
  allowedHosts: [],
  allowedOrigins: [],
  adminToken: null,
  dataPlane: 'open',
};

/** A configuration with fake servers as providers `a`, `b`, …, whose models `a/m`, `b/m`, … make up the lane `main`. */
export function laneOver(
  urls: readonly string[],
  lane: Readonly<Record<string, unknown>> = {},
): { providers: Record<string, unknown>; [section: string]: unknown } {
  const ids = urls.map((_, index) => String.fromCharCode(97 + index));
  return {
    default_lane: 'main',
    providers: Object.fromEntries(
      ids.map((id, index) => [id, { type: 'openai_compatible', base_url: `${urls[index]}/v1`, local: true }]),
    ),
    lanes: { main: { preferred: ids.map((id) => `${id}/m`), ...lane } },
    nodes: { evaluate: { lane: 'main' } },
  };
}

/** A whole chat reply of the OpenAI wire. */
export function completion(content: string): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', logprobs: null }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  };
}

/** Events of a chat stream of the OpenAI wire, without the end mark: role, words, finish. */
export function chunks(...words: string[]): string[] {
  const event = (delta: unknown, finish: string | null = null): string =>
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
  return [
    event({ role: 'assistant', content: '' }),
    ...words.map((content) => event({ content })),
    event({}, 'stop'),
  ];
}

import { existsSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { buildApp, type App } from './app.ts';
import { adminToken, UnusableToken } from './cli/admin-token.ts';
import { readDotEnv } from './cli/dot-env.ts';
import { drainOnSignal } from './cli/drain.ts';
import { CannotListen, hostInUrls, isAllNetworks, listenFault } from './cli/listening.ts';
import { createLog } from './cli/log.ts';
import { NOTHING_FOUND, providerRow } from './cli/provider-rows.ts';
import { startTable, type ProviderRow, type TokenPlace } from './cli/start-table.ts';
import { readArguments, usage } from './cli/usage.ts';
import type { Config } from './config/config.ts';
import { readEnvironment, type Environment } from './config/environment/environment.ts';
import { ConfigFaults } from './config/faults.ts';
import { loadConfig } from './config/load.ts';
import type { AccessRules } from './http/authenticate/access.ts';
import { PROVIDER_TYPES } from './providers/index.ts';
import type { ProviderType } from './providers/provider-type.ts';
import { retentionOf } from './registry/reload.ts';
import { StoreFault } from './store/files/fault.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import { systemClock } from './util/clock.ts';
import { hostKind } from './util/network-address.ts';
import { watchDirectories } from './util/watch-directories.ts';

const ROOT = join(import.meta.dirname, '..');

/** The start table waits this long for the first probes. */
const FIRST_PROBES_MS = 1_500;

/** An editor writes a file in several steps. */
const FILES_SETTLE_MS = 250;

/** How often a directory of the configuration that is not there is looked for. */
const MISSING_DIRECTORY_MS = 5_000;

type Variables = Readonly<Record<string, string | undefined>>;

const log = createLog();

/** A start that must not happen: one line for people, one exit code for machines (DESIGN section 9). */
function refuse(exitCode: number, message: string): never {
  console.error(message);
  process.exit(exitCode);
}

/** Open from early in the start on; closed before the process ends, whose end must not stop the store's threads. */
let opened: Store | null = null;

async function start(demo: boolean): Promise<void> {
  let variables = readVariables(demo);
  const environment = readEnvironment(variables);
  const types: readonly ProviderType[] = demo ? [...PROVIDER_TYPES, await practiceModels()] : PROVIDER_TYPES;
  const read = (): Promise<Config> =>
    loadConfig({
      directory: environment.configDirectory,
      shippedDirectory: join(ROOT, 'config'),
      providerTypes: types.map(({ settings }) => settings),
      // The practice models never mix with what is configured for the real thing.
      environment: demo ? {} : variables,
    });
  const config = await read();
  for (const note of config.notes) log.info(note);
  for (const warning of config.warnings) log.warn(warning);
  if (!existsSync(environment.configDirectory) && variables['LANEWAY_CONFIG_DIR'] !== undefined) {
    log.warn(
      `LANEWAY_CONFIG_DIR: there is no ${environment.configDirectory}; the shipped configuration is used`,
    );
  }
  const store = await openState(environment, config);
  opened = store;
  const { access, token } = accessOf(environment);
  const app = await buildApp({
    version: version(),
    config,
    load: () => {
      variables = readVariables(demo);
      return read();
    },
    types,
    variable: (name) => variables[name],
    store,
    access,
    maxBodyBytes: environment.maxBodyBytes,
    clock: systemClock,
    random: Math.random,
    log,
  });
  await listen(app, environment);
  drainOnSignal(app, {
    belowNpm: process.env['npm_lifecycle_event'] !== undefined,
    log: (fields, message) => {
      log.info(fields, message);
    },
  });
  reloadOnChange(app, environment);
  await report(app, environment, demo, token);
  flushCompileCache();
}

/** The environment as it was given, so that `.env` can be read again. */
const GIVEN: Variables = { ...process.env };

const DEMO_DIRECTORIES = {
  LANEWAY_CONFIG_DIR: join(ROOT, 'config', 'demo'),
  LANEWAY_DATA_DIR: join('data', 'demo'),
};

/** `.env` of the working directory; what the environment says already wins. Throws `ConfigFaults`. */
function readVariables(demo: boolean): Variables {
  return { ...readDotEnv(), ...GIVEN, ...(demo ? DEMO_DIRECTORIES : {}) };
}

async function practiceModels(): Promise<ProviderType> {
  const { startDemoServer } = await import('./demo/server.ts');
  const { demoType } = await import('./providers/demo/settings.ts');
  const server = await startDemoServer();
  return demoType(server.url);
}

function version(): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

function openState(environment: Environment, config: Config): Promise<Store> {
  return openStore({
    directory: environment.dataDirectory,
    retention: retentionOf(config),
    log,
  });
}

/** Who may call (DESIGN section 11): on loopback everybody, unless a token was set; elsewhere who holds the token. */
function accessOf(environment: Environment): { access: AccessRules; token: TokenPlace | null } {
  const { host, allowedHosts, allowedOrigins, clientKeys, dataDirectory } = environment;
  const rules = { listenHost: host, allowedHosts, allowedOrigins };
  if (environment.adminToken === null && hostKind(host) === 'loopback') {
    return { access: { ...rules, adminToken: null, dataPlane: 'open' }, token: null };
  }
  const dataPlane = clientKeys === 'off' ? 'open' : 'closed';
  const forClients = dataPlane === 'closed';
  if (environment.adminToken !== null) {
    const token = { place: 'LANEWAY_ADMIN_TOKEN', shell: '$LANEWAY_ADMIN_TOKEN', forClients };
    return { access: { ...rules, adminToken: environment.adminToken, dataPlane }, token };
  }
  const { token, path } = adminToken(dataDirectory);
  const place = { place: path, shell: `$(cat ${path})`, forClients };
  return { access: { ...rules, adminToken: token, dataPlane }, token: place };
}

/** Reads the configuration again on SIGHUP and when its files change. */
function reloadOnChange({ reloader }: App, { configDirectory }: Environment): void {
  // Windows ends a process by its SIGHUP.
  if (process.platform !== 'win32') process.on('SIGHUP', () => void reloader.trigger('SIGHUP'));
  watchDirectories({
    directories: [configDirectory, join(configDirectory, 'user_profiles')],
    debounceMs: FILES_SETTLE_MS,
    retryMs: MISSING_DIRECTORY_MS,
    onChange: () => void reloader.trigger('a changed file'),
    onTrouble: (directory, code) => {
      if (directory !== configDirectory) return;
      const why = code === 'ENOENT' ? 'there is no such directory' : code;
      log.warn(
        { directory },
        `changes of the configuration are not noticed by themselves: ${why}; tried again every 5 s`,
      );
    },
  });
}

async function listen({ server }: App, { host, port }: Environment): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw listenFault(error, host, port);
  }
}

/** Prints what was found, once the first probes are back or have had their time. */
async function report(
  app: App,
  environment: Environment,
  demo: boolean,
  token: TokenPlace | null,
): Promise<void> {
  const waiting = new Promise((resolve) => setTimeout(resolve, FIRST_PROBES_MS).unref());
  await Promise.race([app.discovery.start(), waiting]);
  const { port } = app.server.server.address() as AddressInfo;
  const providers = rows(app);
  const found = providers.some(({ reachable }) => reachable);
  process.stdout.write(
    `\n${startTable({
      version: version(),
      url: `http://${hostInUrls(environment.host)}:${port}`,
      allNetworks: isAllNetworks(environment.host),
      providers,
      ask: 'auto',
      demo,
      token,
      nextStep: found ? null : NOTHING_FOUND,
    })}\n`,
  );
}

function rows({ providers, health, registry }: App): ProviderRow[] {
  const listed = [...registry.snapshot.models.values()].filter(({ inList }) => inList === true);
  return [...providers.current.values()].map(({ id, name, baseUrl, missingKey }) => {
    const { answered, unreachable, keyRefused } = health.provider(id);
    const trouble = (keyRefused ?? unreachable)?.cause ?? null;
    const models = listed.filter(({ provider }) => provider.id === id).map(({ modelId }) => modelId);
    return providerRow({ name, baseUrl, missingKey, answered, trouble, models });
  });
}

function refuseStart(error: unknown, demo: boolean): never {
  if (error instanceof ConfigFaults || error instanceof UnusableToken) refuse(2, error.message);
  if (error instanceof StoreFault) {
    const demoRuns = error.exitCode === 4 && demo;
    refuse(error.exitCode, demoRuns ? 'another demo is running here: stop that one first' : error.message);
  }
  if (error instanceof CannotListen) refuse(error.exitCode, error.message);
  throw error;
}

function readArgumentsOrRefuse(): ReturnType<typeof readArguments> {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    return refuse(2, error instanceof Error ? error.message : String(error));
  }
}

const { demo, help } = readArgumentsOrRefuse();
if (help) process.stdout.write(usage(version()));
else {
  start(demo).catch(async (error: unknown) => {
    await opened?.close();
    refuseStart(error, demo);
  });
}

import { existsSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve as absolute } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';

import { accessOf } from './app/access.ts';
import { exampleModel } from './app/example-model.ts';
import { foundProviders } from './app/found-providers.ts';
import { listen, listenForOllama, usableOllamaPort } from './app/listen.ts';
import { reloadOnChange } from './app/reload-on-change.ts';
import { buildApp, type App } from './app.ts';
import { UnusableToken } from './cli/admin-token.ts';
import { copyDemoProfiles } from './cli/demo-profiles.ts';
import { dotEnvWarnings, namedVariables } from './cli/dot-env-warnings.ts';
import { dotEnvText, readDotEnv } from './cli/dot-env.ts';
import { drainOnSignal } from './cli/drain.ts';
import { trustExtraCa } from './cli/extra-ca.ts';
import { homeFolder } from './cli/home-folder.ts';
import { ListenError, urlHost, isAllNetworks } from './cli/listening.ts';
import { createLog, logStyle } from './cli/log.ts';
import { withoutOwnListeners } from './cli/own-listener.ts';
import { placesOf } from './cli/places.ts';
import { providerRow, startAdvice } from './cli/provider-rows.ts';
import { startTable, type StartReport } from './cli/start-table.ts';
import { printUncaught } from './cli/uncaught.ts';
import { readArguments, usage } from './cli/usage.ts';
import type { Config } from './config/config.ts';
import { readEnvironment, type Environment } from './config/environment/process-settings.ts';
import { ConfigFaults } from './config/faults.ts';
import { loadConfig } from './config/load.ts';
import { NOTHING_STORED, type StoredLayers } from './config/stored-layers.ts';
import { proxyNotes } from './providers/connection/proxy-notes.ts';
import { PROVIDER_TYPES } from './providers/index.ts';
import type { ProviderType } from './providers/provider-type.ts';
import { retentionOf } from './registry/reload.ts';
import { keyThatHelps } from './routing/missing-keys.ts';
import { StoreFault } from './store/files/fault.ts';
import { openStore } from './store/open.ts';
import { SecretVault } from './store/secrets/vault.ts';
import type { Store } from './store/store.ts';
import { systemClock } from './util/clock.ts';
import { PACKAGE_ROOT } from './util/package-root.ts';

/**
 * From listening to the first probes. They load the vendors' SDKs, which takes longer than a request: clients that have
 * waited for the port are answered before.
 */
const PROBES_AFTER_MS = 100;

/** How long the start table waits for the first probes. */
const FIRST_PROBES_MS = 1_500;

/** From the start to the first writing of the compile cache. */
const FLUSH_AFTER_MS = 15_000;

/** The console, where it was built. */
const CONSOLE = join(PACKAGE_ROOT, 'dist', 'console');

type Variables = Readonly<Record<string, string | undefined>>;

let log = createLog({ format: 'json', colors: false });

/** Refuses to start: prints one line for the operator and exits with a documented code. */
function refuse(exitCode: number, message: string): never {
  console.error(message);
  process.exit(exitCode);
}

/** Set once the store is open, so that a failed start can close it: exiting must not interrupt its threads. */
let opened: Store | null = null;

async function start(demo: boolean): Promise<void> {
  if (demo) requireDemo();
  let variables = readVariables(demo);
  const environment = readEnvironment(variables, PLACES);
  log = createLog(logStyle(environment.logFormat, isatty(2), variables));
  if (demo) noteIgnoredDirectories();
  else prepareNetwork(variables);
  const ollamaPort = await usableOllamaPort(environment, log);
  const own = {
    host: environment.host,
    ports: [environment.port, ollamaPort ?? 0].filter((port) => port > 0),
  };
  const types: readonly ProviderType[] = demo ? [...PROVIDER_TYPES, await practiceModels()] : PROVIDER_TYPES;
  const directories = {
    directory: environment.configDirectory,
    profileDirectory: demo ? environment.dataDirectory : environment.configDirectory,
    shippedDirectory: join(PACKAGE_ROOT, 'config'),
  };
  const read = async (stored: StoredLayers = NOTHING_STORED): Promise<Config> => {
    const loaded = await loadConfig({
      stored,
      ...directories,
      providerTypes: types.map(({ settings }) => settings),
      // The demo ignores provider settings of the real environment.
      environment: demo ? {} : variables,
    });
    return demo ? loaded : withoutOwnListeners(withDotEnvWarnings(loaded, variables), own);
  };
  const config = await read();
  for (const note of config.notes) log.info(note);
  for (const warning of config.warnings) log.warn(warning);
  if (!existsSync(environment.configDirectory) && variables['LANEWAY_CONFIG_DIR'] !== undefined) {
    log.warn(
      `LANEWAY_CONFIG_DIR: ${environment.configDirectory} does not exist; using the shipped configuration`,
    );
  }
  const store = await openState(environment, config);
  opened = store;
  const notCopied = demo ? copyDemoProfiles(environment.configDirectory, environment.dataDirectory) : null;
  if (notCopied !== null) log.warn(notCopied);
  const { access, token } = accessOf(environment);
  const app = await buildApp({
    version: version(),
    config,
    load: (stored) => {
      variables = readVariables(demo);
      return read(stored);
    },
    directories,
    types,
    variable: (name) => variables[name],
    store,
    openSecrets: (sealed) => {
      const { masterKey: environmentKey, dataDirectory: directory } = environment;
      return new SecretVault({ directory, environmentKey, sealed, log });
    },
    consoleDirectory: existsSync(CONSOLE) ? CONSOLE : null,
    access,
    maxBodyBytes: environment.maxBodyBytes,
    engines: { directory: join(environment.dataDirectory, 'engines'), environment: variables },
    clock: systemClock,
    random: Math.random,
    log,
  });
  await listen(app, environment);
  if (ollamaPort !== null) await listenForOllama(app, environment.host, ollamaPort, log);
  drainOnSignal(app, {
    startedByNpm: process.env['npm_lifecycle_event'] !== undefined,
    log: (fields, message) => {
      log.info(fields, message);
    },
  });
  const { configDirectory } = environment;
  const { profileDirectory } = directories;
  reloadOnChange(app, { configDirectory, profileDirectory, usualDirectory: PLACES.config }, log);
  await report(app, environment, { demo, token, warnings: config.warnings.length });
  // Late enough to contain what the first requests compile; a regular end of the process writes it, too.
  setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
}

/** The original environment, so that `.env` can be read again on a reload. */
const GIVEN: Variables = { ...process.env };

const PLACES = placesOf({
  packageRoot: PACKAGE_ROOT,
  workingDirectory: process.cwd(),
  variables: GIVEN,
  platform: process.platform,
  home: homeFolder,
});

const DEMO_DIRECTORIES = {
  LANEWAY_CONFIG_DIR: join(PACKAGE_ROOT, 'config', 'demo'),
  LANEWAY_DATA_DIR: join(PLACES.data, 'demo'),
};

/** The environment, with `.env` as defaults. Throws `ConfigFaults`. */
function readVariables(demo: boolean): Variables {
  return { ...readDotEnv(PLACES.dotEnv), ...GIVEN, ...(demo ? DEMO_DIRECTORIES : {}) };
}

/** Without its own configuration the demo would be the ordinary gateway, with cloud providers. */
function requireDemo(): void {
  const path = join(DEMO_DIRECTORIES.LANEWAY_CONFIG_DIR, 'models.json');
  if (!existsSync(path)) refuse(2, `${path} is missing: there is no demo without it; restore it`);
}

/** Logs which settings of the operator the demo leaves aside. */
function noteIgnoredDirectories(): void {
  const given = { ...readDotEnv(PLACES.dotEnv), ...GIVEN };
  const ignored = Object.keys(DEMO_DIRECTORIES).filter((name) => (given[name] ?? '') !== '');
  if (ignored.length === 0) return;
  const { LANEWAY_CONFIG_DIR: config, LANEWAY_DATA_DIR: data } = DEMO_DIRECTORIES;
  log.info(`${ignored.join(' and ')} ignored: the demo uses ${config} and ${data}`);
}

/** Adds what is wrong with `.env` to the warnings of the configuration. */
function withDotEnvWarnings(config: Config, variables: Variables): Config {
  const isSet = (name: string): boolean => (variables[name] ?? '') !== '';
  const found = dotEnvWarnings(dotEnvText(PLACES.dotEnv), { named: namedVariables(config), isSet });
  return Object.freeze({ ...config, warnings: Object.freeze([...config.warnings, ...found]) });
}

/** Logs how cloud providers are reached, and trusts the private CAs that `.env` names. */
function prepareNetwork(variables: Variables): void {
  const { notes, warnings } = proxyNotes((name) => variables[name]);
  for (const note of notes) log.info(note);
  for (const warning of warnings) log.warn(warning);
  const path = variables['NODE_EXTRA_CA_CERTS'] ?? '';
  // Node has read it if it was in the environment.
  if (path === '' || GIVEN['NODE_EXTRA_CA_CERTS'] !== undefined) return;
  const problem = trustExtraCa(path);
  if (problem !== null) log.warn(problem);
}

async function practiceModels(): Promise<ProviderType> {
  const { startDemoServer } = await import('./demo/server.ts');
  const { demoType } = await import('./providers/demo/settings.ts');
  const server = await startDemoServer();
  return demoType(server.url);
}

function version(): string {
  const manifest = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

function openState(environment: Environment, config: Config): Promise<Store> {
  return openStore({
    directory: environment.dataDirectory,
    retention: retentionOf(config),
    log,
  });
}

/** Prints the start table after the first probes have finished or timed out. */
async function report(
  app: App,
  environment: Environment,
  { demo, token, warnings }: Pick<StartReport, 'demo' | 'token'> & { readonly warnings: number },
): Promise<void> {
  const probed = delay(PROBES_AFTER_MS, null, { ref: false }).then(() => app.discovery.start());
  const waiting = delay(FIRST_PROBES_MS, null, { ref: false });
  await Promise.race([Promise.all([probed, app.modelFolders.settled(), app.engines.start()]), waiting]);
  const { port } = app.server.server.address() as AddressInfo;
  const found = foundProviders(app);
  process.stdout.write(
    `\n${startTable({
      version: version(),
      url: `http://${urlHost(environment.host)}:${port}`,
      ollamaUrl: app.ollama.port === null ? null : `http://${urlHost(environment.host)}:${app.ollama.port}`,
      allNetworks: isAllNetworks(environment.host),
      providers: found.map(providerRow),
      exampleModel: exampleModel(app, systemClock.now()),
      demo,
      token,
      warnings: warnings + warningsOf(app),
      directories: {
        config: absolute(environment.configDirectory),
        configExists: existsSync(environment.configDirectory),
        data: absolute(environment.dataDirectory),
        dataUsable: opened?.status().available !== false,
      },
      nextStep: startAdvice(found, keyThatHelps(app.registry.snapshot), PLACES.dotEnv),
    })}\n`,
  );
}

/** How many warnings the registry has issued so far: a new listener gets them at once. */
function warningsOf({ registry }: App): number {
  let count = 0;
  registry.onWarning(() => {
    count += 1;
  });
  return count;
}

function refuseStart(error: unknown, demo: boolean): never {
  if (error instanceof ConfigFaults || error instanceof UnusableToken) refuse(2, error.message);
  if (error instanceof StoreFault) {
    const demoRuns = error.exitCode === 4 && demo;
    refuse(
      error.exitCode,
      demoRuns
        ? `another demo is already running in this directory (${DEMO_DIRECTORIES.LANEWAY_DATA_DIR}, whatever LANEWAY_DATA_DIR says); stop it first`
        : error.message,
    );
  }
  if (error instanceof ListenError) refuse(error.exitCode, error.message);
  throw error;
}

function readArgumentsOrRefuse(): ReturnType<typeof readArguments> {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    return refuse(2, error instanceof Error ? error.message : String(error));
  }
}

printUncaught();
const { demo, help } = readArgumentsOrRefuse();
if (help) {
  const { LANEWAY_CONFIG_DIR: config, LANEWAY_DATA_DIR: data } = DEMO_DIRECTORIES;
  process.stdout.write(usage(version(), demo ? { ...PLACES, config, data } : PLACES));
} else {
  start(demo).catch(async (error: unknown) => {
    await opened?.close();
    refuseStart(error, demo);
  });
}

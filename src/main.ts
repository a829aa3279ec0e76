import { existsSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { buildApp, type App } from './app.ts';
import { createLog } from './cli/log.ts';
import { startTable, type ProviderRow } from './cli/start-table.ts';
import { readEnvironment, type Environment } from './config/environment.ts';
import { ConfigFaults } from './config/faults.ts';
import { loadConfig } from './config/load.ts';
import { PROVIDER_TYPES } from './providers/index.ts';
import type { ProviderType } from './providers/provider-type.ts';
import { StoreFault } from './store/fault.ts';
import { openStore } from './store/open.ts';
import { systemClock } from './util/clock.ts';

const ROOT = join(import.meta.dirname, '..');

/** How long running requests may go on after the first signal. */
const DRAIN_MS = 30_000;

/** The start table waits this long for the first probes. */
const FIRST_PROBES_MS = 1_500;

/** One signal may come twice: from the terminal and from whoever started us. */
const SAME_SIGNAL_MS = 500;

const log = createLog();

/** A start that must not happen: one line for people, one exit code for machines (DESIGN section 9). */
function refuse(exitCode: number, message: string): never {
  console.error(message);
  process.exit(exitCode);
}

async function start(): Promise<void> {
  loadDotEnv();
  const demo = process.argv.includes('--demo');
  const environment = readEnvironment(demo ? { ...process.env, ...DEMO_DIRECTORIES } : process.env);
  const types: readonly ProviderType[] = demo ? [...PROVIDER_TYPES, await practiceModels()] : PROVIDER_TYPES;
  const config = loadConfig({
    directory: environment.configDirectory,
    shippedDirectory: join(ROOT, 'config'),
    providerTypes: types.map(({ settings }) => settings),
  });
  for (const warning of config.warnings) log.warn(warning);
  if (!existsSync(environment.configDirectory) && process.env['LANEWAY_CONFIG_DIR'] !== undefined) {
    log.warn(
      `LANEWAY_CONFIG_DIR: there is no ${environment.configDirectory}; the shipped configuration is used`,
    );
  }
  const store = await openStore({
    directory: environment.dataDirectory,
    log: {
      warn: (message, fields) => {
        log.warn(fields, message);
      },
      error: (message, fields) => {
        log.error(fields, message);
      },
    },
  });
  const app = await buildApp({
    version: version(),
    config,
    types,
    variable: (name) => process.env[name],
    store,
    origins: {
      listenHost: environment.host,
      allowedHosts: environment.allowedHosts,
      allowedOrigins: environment.allowedOrigins,
    },
    maxBodyBytes: environment.maxBodyBytes,
    clock: systemClock,
    random: Math.random,
    log,
  });
  await app.server.listen({ host: environment.host, port: environment.port });
  drainOnSignal(app);
  await report(app, environment, demo);
  flushCompileCache();
}

const DEMO_DIRECTORIES = {
  LANEWAY_CONFIG_DIR: join(ROOT, 'config', 'demo'),
  LANEWAY_DATA_DIR: join('data', 'demo'),
};

/** `.env` of the working directory; what the environment says already wins. */
function loadDotEnv(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

async function practiceModels(): Promise<ProviderType> {
  const { startDemoServer } = await import('./providers/demo/server.ts');
  const { demoType } = await import('./providers/demo/settings.ts');
  const server = await startDemoServer();
  return demoType(server.url);
}

function version(): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

/** Lets running requests finish, then leaves with 0; a second signal does not wait. */
function drainOnSignal(app: App): void {
  let drainingSince: number | null = null;
  const drain = (): void => {
    const now = performance.now();
    if (drainingSince === null) {
      drainingSince = now;
      void shutDown(app, DRAIN_MS);
    } else if (now - drainingSince > SAME_SIGNAL_MS) {
      app.recorder.cutAll();
    }
  };
  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
  // The launcher is gone, however it went: nobody would ever stop this process.
  process.on('disconnect', drain);
  process.channel?.unref();
  // npm's own shell dies of a signal without passing it on: whoever asked npm to stop means this.
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    drain();
  }, 1_000).unref();
}

async function shutDown(app: App, drainMs: number): Promise<void> {
  app.admission.drain();
  log.info({ running: app.recorder.running }, 'shutting down');
  const deadline = setTimeout(() => {
    app.recorder.cutAll();
  }, drainMs);
  await app.recorder.idle();
  clearTimeout(deadline);
  app.server.server.closeAllConnections();
  await app.close();
  process.exit(0);
}

/** Prints what was found, once the first probes are back or have had their time. */
async function report(app: App, environment: Environment, demo: boolean): Promise<void> {
  const waiting = new Promise((resolve) => setTimeout(resolve, FIRST_PROBES_MS).unref());
  await Promise.race([app.discovery.start(), waiting]);
  const { port } = app.server.server.address() as AddressInfo;
  const host = environment.host.includes(':') ? `[${environment.host}]` : environment.host;
  const providers = [...app.providers.values()].map((provider) => providerRow(app, provider.id));
  const found = providers.some(({ reachable }) => reachable);
  process.stdout.write(
    `\n${startTable({
      version: version(),
      url: `http://${host}:${port}`,
      providers,
      ask: 'auto',
      demo,
      nextStep: found ? null : NOTHING_FOUND,
    })}\n`,
  );
}

const NOTHING_FOUND = [
  'Nothing above answers yet. Either',
  '  start an engine, e.g. llama-server -m MODEL.gguf --port 8080; it is picked up within seconds, or',
  '  put a key into .env, e.g. OPENAI_API_KEY=..., and start again, or',
  '  run npm run demo for practice models that need neither.',
];

function providerRow(app: App, id: string): ProviderRow {
  const { name = id, baseUrl = '', missingKey = null } = app.providers.get(id) ?? {};
  if (missingKey !== null) return { name, baseUrl, standing: `no key: ${missingKey}`, reachable: false };
  const { answered, unreachable, keyRefused } = app.health.provider(id);
  const mood = keyRefused ?? unreachable;
  if (mood !== null) return { name, baseUrl, standing: mood.cause, reachable: false };
  if (answered !== true) return { name, baseUrl, standing: 'not heard of yet', reachable: false };
  const models = [...app.registry.snapshot.models.values()].filter(
    (model) => model.provider.id === id && model.inList === true,
  );
  const shown = models.slice(0, 3).map(({ modelId }) => modelId);
  const more = models.length > shown.length ? `, ${models.length - shown.length} more` : '';
  return {
    name,
    baseUrl,
    standing: shown.length === 0 ? 'no models' : shown.join(', ') + more,
    reachable: true,
  };
}

start().catch((error: unknown) => {
  if (error instanceof ConfigFaults) refuse(2, error.message);
  if (error instanceof StoreFault) {
    const demoRuns = error.exitCode === 4 && process.argv.includes('--demo');
    refuse(error.exitCode, demoRuns ? 'another demo is running here: stop that one first' : error.message);
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    refuse(5, `${error.message}: another program listens there; set LANEWAY_PORT to another port`);
  }
  throw error;
});

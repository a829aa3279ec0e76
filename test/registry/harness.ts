import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ProviderSet } from '../../src/providers/provider-set.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import type { ListedModel, Listing } from '../../src/providers/provider.ts';
import type { AssignmentEvent } from '../../src/registry/assignments/assignments.ts';
import { Registry } from '../../src/registry/registry.ts';
import { resolve } from '../../src/routing/resolve.ts';
import type { Snapshot } from '../../src/routing/snapshot.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { ask, allHealthy } from '../support/snapshot.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

/** The start of these tests' clock. */
export const START = Date.parse('2026-03-01T12:00:00.000Z');

/** A registry on a real store, with a clock that tests advance. */
export interface Bench {
  readonly registry: Registry;
  readonly store: Store;
  readonly providers: ProviderSet;
  readonly events: readonly AssignmentEvent[];
  readonly warnings: readonly string[];
  /** Advances the wall clock, in milliseconds. */
  later(ms: number): void;
  /** Simulates a restart on the same state. */
  restart(config?: Config): Promise<Bench>;
}

/** Reads a configuration as a gateway does, with these environment variables. */
export async function configOf(
  file: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Config> {
  const directory = folder();
  writeFileSync(join(directory, 'models.json'), JSON.stringify(file));
  return loadConfig({
    directory,
    shippedDirectory: join(directory, 'shipped'),
    providerTypes: PROVIDER_TYPES.map(({ settings }) => settings),
    environment,
  });
}

/** Two providers, two lanes, two nodes. */
export const BASE_CONFIG = {
  default_lane: 'main',
  providers: {
    near: { type: 'openai_compatible', base_url: 'http://127.0.0.1:1/v1' },
    cloud: { type: 'openai_compatible', base_url: 'https://cloud.invalid/v1', local: false },
  },
  models: { 'near/a': {}, 'near/b': {}, 'near/c': {}, 'cloud/d': {} },
  lanes: { main: { preferred: ['near/a'] }, side: { preferred: ['near/b'] } },
  nodes: { judge: { model: 'near/a' }, write: { lane: 'side' } },
};

/** Starts a registry on `config`; stopped and removed when the test ends. */
export async function benchOf(config: Config): Promise<Bench> {
  return open(config, folder(), { wall: START });
}

async function open(config: Config, directory: string, time: { wall: number }): Promise<Bench> {
  const clock = { now: () => time.wall, wall: () => time.wall };
  const store = await openStore({ directory: join(directory, 'data'), now: clock.wall, log: SILENT_LOG });
  const providers = new ProviderSet({
    types: PROVIDER_TYPES,
    variable: () => undefined,
    secret: () => undefined,
    clock,
  });
  const { map } = providers.update(config.providers, 5_000);
  const stored = await store.load();
  const at = new Date(time.wall).toISOString();
  const change = { fingerprint: config.fingerprint, actor: 'local', summary: null, at };
  const { generation } = await store.noteConfiguration(change);
  const { overrides, durations } = stored;
  const registry = new Registry({ config, providers: map, overrides, durations, generation, store, clock });
  const events: AssignmentEvent[] = [];
  const warnings: string[] = [];
  registry.onAssignment((event) => events.push(event));
  registry.onWarning((message) => warnings.push(message));
  let closed: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    registry.stop();
    return (closed ??= store.close());
  };
  onTestFinished(stop);
  return {
    ...{ registry, store, providers, events, warnings },
    later: (ms) => {
      time.wall += ms;
    },
    restart: async (next = config) => {
      await stop();
      return open(next, directory, time);
    },
  };
}

/** A switch without a reason or an expiry. */
export const NOTE = { reason: null, actor: 'local', expiresAt: null };

/** A model as the target of a switch. */
export const model = (id: string): { model: string; lane: null } => ({ model: id, lane: null });

/** `SOURCE ID` of each target in the plan of a request for `name`. */
export function planOf(name: string | null, snapshot: Snapshot): string[] {
  return resolve(ask(name), snapshot, allHealthy).entries.map(
    ({ link }) => `${link.source} ${link.target.id}`,
  );
}

/** The result of a probe. */
export function listing(ids: readonly string[], over: Partial<Listing> = {}): Listing {
  return { models: ids.map((id) => listed(id)), singleModel: false, ...over };
}

/** One listed chat model. */
export function listed(id: string, over: Partial<ListedModel> = {}): ListedModel {
  return { id, name: null, kind: 'chat', status: 'available', capabilities: {}, ...over };
}

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'laneway-registry-'));
  mkdirSync(directory, { recursive: true });
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

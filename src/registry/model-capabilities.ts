import type { Config } from '../config/config.ts';
import { formatPath } from '../config/faults.ts';
import type { Capabilities, CapabilitySource } from '../protocol/capabilities.ts';

/** The values of a model's capabilities by who states them; absent: nobody does. */
export interface StatedCapabilities {
  /** Of the operator's own files and of the shipped defaults, by full model id as configured. */
  readonly configured: { readonly id: string; readonly capabilities: Capabilities } | null;
  /** Of the list of its server. */
  readonly reported: Capabilities;
  /** Of the header of its file. */
  readonly file: Capabilities;
}

/** What is known of a model, and who states each value. */
export interface KnownCapabilities {
  readonly capabilities: Capabilities;
  readonly sources: Partial<Record<keyof Capabilities, CapabilitySource>>;
}

/**
 * The capabilities of a model, each from the strongest source: the operator's files, the server, the header of the file,
 * the shipped defaults. A window is the smaller one of the operator's files and the server, because a server refuses or
 * truncates what is longer than its own, and an operator may want less.
 */
export function knownCapabilities(
  { configured, reported, file }: StatedCapabilities,
  config: Config,
): KnownCapabilities {
  const { own, shipped } = byLayer(configured, config);
  const layers: readonly (readonly [CapabilitySource, Capabilities])[] = [
    ['catalogue', shipped],
    ['file', file],
    ['engine', reported],
    ['configuration', isNarrower(reported, own) ? without(own, 'context_length') : own],
  ];
  const capabilities = Object.assign({}, ...layers.map(([, values]) => values)) as Capabilities;
  const sources = Object.fromEntries(
    layers.flatMap(([source, values]) => Object.keys(values).map((key) => [key, source])),
  ) as KnownCapabilities['sources'];
  return { capabilities, sources };
}

function isNarrower({ context_length: one }: Capabilities, { context_length: other }: Capabilities): boolean {
  return one !== undefined && other !== undefined && one < other;
}

function without(capabilities: Capabilities, key: keyof Capabilities): Capabilities {
  const { [key]: _, ...rest } = capabilities;
  return rest;
}

/** The configured values that the operator wrote, and those of the shipped defaults. */
function byLayer(
  configured: StatedCapabilities['configured'],
  config: Config,
): Readonly<Record<'own' | 'shipped', Capabilities>> {
  if (configured === null) return { own: {}, shipped: {} };
  const { id, capabilities } = configured;
  const origins = originsOf(config);
  const isShipped = (key: string): boolean =>
    origins.get(formatPath(['models', id, 'capabilities', key])) === 'shipped';
  const entries = Object.entries(capabilities);
  return {
    own: Object.fromEntries(entries.filter(([key]) => !isShipped(key))),
    shipped: Object.fromEntries(entries.filter(([key]) => isShipped(key))),
  };
}

const cache = new WeakMap<Config, ReadonlyMap<string, string>>();

/** Snapshots are built often from the same configuration. */
function originsOf(config: Config): ReadonlyMap<string, string> {
  const known = cache.get(config);
  if (known !== undefined) return known;
  const origins = config.origins();
  cache.set(config, origins);
  return origins;
}

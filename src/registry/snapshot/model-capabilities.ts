import type { Config } from '../../config/config.ts';
import { formatPath } from '../../config/faults.ts';
import type { Capabilities, CapabilitySource } from '../../protocol/capabilities.ts';

/** The values of a model's capabilities besides the configured ones, by who states them. */
export interface StatedCapabilities {
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
 * truncates what is longer than its own, and an operator may want less. `configuredId` is the full id as configured.
 */
export function knownCapabilities(
  configuredId: string,
  { reported, file }: StatedCapabilities,
  config: Config,
): KnownCapabilities {
  const { own, shipped } = byLayer(config).get(configuredId) ?? NOTHING_CONFIGURED;
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

const NOTHING_CONFIGURED = { own: {}, shipped: {} } as const;

/** Configured capabilities, apart by who wrote them. */
interface ByLayer {
  readonly own: Capabilities;
  readonly shipped: Capabilities;
}

const cache = new WeakMap<Config, ReadonlyMap<string, ByLayer>>();

/** Of each model as configured. Kept with the configuration, from which snapshots are built often. */
function byLayer(config: Config): ReadonlyMap<string, ByLayer> {
  const known = cache.get(config);
  if (known !== undefined) return known;
  const origins = config.origins();
  const models = Object.entries(config.models).map(([id, { capabilities }]) => {
    const isShipped = ([key]: readonly [string, unknown]): boolean =>
      origins.get(formatPath(['models', id, 'capabilities', key])) === 'shipped';
    const entries = Object.entries(capabilities);
    const own = Object.fromEntries(entries.filter((entry) => !isShipped(entry)));
    return [id, { own, shipped: Object.fromEntries(entries.filter(isShipped)) }] as const;
  });
  const made = new Map<string, ByLayer>(models);
  cache.set(config, made);
  return made;
}

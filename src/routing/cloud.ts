import type { Snapshot } from './snapshot.ts';

/** The setting `cloud` of a node or lane; null: not set. */
interface CloudSetting {
  readonly cloud: boolean | null;
}

/**
 * May the plan of a request use providers that are not local? `byDefault` is `defaults.cloud`, `settings` the nodes and
 * lanes that the request belongs to: one with `false` forbids it, else one with `true` allows it.
 */
export function allowsCloud(byDefault: boolean, settings: readonly (CloudSetting | null)[]): boolean {
  if (settings.some((each) => each?.cloud === false)) return false;
  return byDefault || settings.some((each) => each?.cloud === true);
}

/** Is there any request that may use providers that are not local? */
export function mayUseCloud({ cloud, lanes, nodes }: Pick<Snapshot, 'cloud' | 'lanes' | 'nodes'>): boolean {
  return cloud || [...lanes.values(), ...nodes.values()].some((each) => each.cloud === true);
}

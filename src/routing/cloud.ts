import type { LaneEntry, NodeEntry, Snapshot } from './snapshot.ts';

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

/**
 * The section whose `"cloud": false` keeps the plan of a request on local providers: `nodes.NAME`, `lanes.NAME` or
 * `defaults`; null where other providers are allowed.
 */
export function cloudFalseIn(
  byDefault: boolean,
  node: NodeEntry | null,
  ...lanes: readonly (LaneEntry | null)[]
): string | null {
  if (allowsCloud(byDefault, [node, ...lanes])) return null;
  if (node?.cloud === false) return `nodes.${node.name}`;
  const lane = lanes.find((each) => each?.cloud === false) ?? null;
  return lane === null ? 'defaults' : `lanes.${lane.name}`;
}

/** Is there any request that may use providers that are not local? */
export function mayUseCloud({ cloud, lanes, nodes }: Pick<Snapshot, 'cloud' | 'lanes' | 'nodes'>): boolean {
  return cloud || [...lanes.values(), ...nodes.values()].some((each) => each.cloud === true);
}

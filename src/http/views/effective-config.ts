import type { Snapshot } from '../../routing/snapshot.ts';
import type { ConfigTree } from '../ports.ts';

/** Name of the layer of values set by a switch. */
const OVERRIDE = 'override';

/**
 * Applies the global overrides to the configuration: a node's `model` or `lane`, and a lane's model as its `override`.
 * With `explain`, as in `tree`, leaves are `{"value","layer"}`.
 */
export function withOverrides(tree: ConfigTree, snapshot: Snapshot, explain: boolean): ConfigTree {
  const leaf = (value: string): unknown => (explain ? { value, layer: OVERRIDE } : value);
  const nodes = { ...treeAt(tree, 'nodes') };
  for (const { name, assignment, override } of snapshot.nodes.values()) {
    if (override === null) continue;
    const { model: _1, lane: _2, ...rest } = treeAt(nodes, name);
    const { model, lane } = assignment;
    nodes[name] = model === null ? { lane: leaf(lane ?? ''), ...rest } : { model: leaf(model), ...rest };
  }
  const lanes = { ...treeAt(tree, 'lanes') };
  for (const { name, override } of snapshot.lanes.values()) {
    if (override !== null) lanes[name] = { override: leaf(override.model), ...treeAt(lanes, name) };
  }
  return { ...tree, nodes, lanes };
}

function treeAt(tree: ConfigTree, key: string): ConfigTree {
  const part = tree[key];
  return typeof part === 'object' && part !== null ? (part as ConfigTree) : {};
}

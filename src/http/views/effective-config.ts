import { isDeepStrictEqual } from 'node:util';

import type { NodeEntry, Snapshot } from '../../routing/snapshot.ts';
import type { ConfigTree } from '../ports.ts';

/** Name of the layer of values set by a switch. */
const OVERRIDE = 'override';

/**
 * Applies the global overrides to the configuration: a node's `model` or `lane`, its parameters and fallbacks, and a
 * lane's model as its `override`.
 * With `explain`, as in `tree`, leaves are `{"value","layer"}`.
 */
export function withOverrides(tree: ConfigTree, snapshot: Snapshot, explain: boolean): ConfigTree {
  const leaf = (value: unknown): unknown => (explain ? { value, layer: OVERRIDE } : value);
  const nodes = { ...treeAt(tree, 'nodes') };
  for (const { name, assignment, override, ...settings } of snapshot.nodes.values()) {
    if (override === null) continue;
    const { model: _1, lane: _2, ...configured } = treeAt(nodes, name);
    const { model, lane } = assignment;
    const rest = { ...configured, ...withSettings(configured, settings, leaf) };
    nodes[name] = model === null ? { lane: leaf(lane ?? ''), ...rest } : { model: leaf(model), ...rest };
  }
  const lanes = { ...treeAt(tree, 'lanes') };
  for (const { name, override } of snapshot.lanes.values()) {
    if (override !== null) lanes[name] = { override: leaf(override.model), ...treeAt(lanes, name) };
  }
  return { ...tree, nodes, lanes };
}

/** Parameters and fallbacks that differ from those of the configuration, which the override has set. */
function withSettings(
  configured: ConfigTree,
  { params, fallbacks }: Pick<NodeEntry, 'params' | 'fallbacks'>,
  leaf: (value: unknown) => unknown,
): ConfigTree {
  const before = treeAt(configured, 'params');
  const changed = Object.entries(params).filter(([name, value]) => !isSame(before[name], value));
  return {
    ...(changed.length === 0
      ? {}
      : {
          params: { ...before, ...Object.fromEntries(changed.map(([name, value]) => [name, leaf(value)])) },
        }),
    ...(isSame(configured['fallbacks'] ?? [], fallbacks) ? {} : { fallbacks: leaf(fallbacks) }),
  };
}

/** Whether a value of the tree, explained or not, is this one. */
function isSame(shown: unknown, value: unknown): boolean {
  return isDeepStrictEqual(plain(shown), value);
}

/** A value of an explained tree without its layers. */
function plain(shown: unknown): unknown {
  if (typeof shown !== 'object' || shown === null || Array.isArray(shown)) return shown;
  const entries = Object.entries(shown);
  if (entries.length === 2 && 'layer' in shown && 'value' in shown) return shown.value;
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value)]));
}

function treeAt(tree: ConfigTree, key: string): ConfigTree {
  const part = tree[key];
  return typeof part === 'object' && part !== null ? (part as ConfigTree) : {};
}

/** The configuration with its layers, as `GET /api/debug/config?explain=1` has it: leaves are `{"value","layer"}`. */
export interface ExplainedTree {
  readonly [key: string]: unknown;
}

/** Layers that no operator has written. */
const NOT_OWN = ['shipped', 'default'];

/** The entries below a path, each a tree or a leaf; empty where there are none. */
export function treeAt(tree: ExplainedTree, path: readonly string[]): ExplainedTree {
  let part: unknown = tree;
  for (const key of path) part = isObject(part) ? part[key] : undefined;
  return isObject(part) ? part : {};
}

/** A value that the operator, or a call, has set; undefined for defaults and what ships with Laneway. */
export function ownValue(tree: ExplainedTree, path: readonly string[]): unknown {
  const leaf = treeAt(tree, path);
  return isOwnLeaf(leaf) ? leaf['value'] : undefined;
}

/** Whether the operator has set anything below a path. */
export function ownsEntry(tree: ExplainedTree, path: readonly string[]): boolean {
  return hasOwn(treeAt(tree, path));
}

function hasOwn(part: ExplainedTree): boolean {
  if (isLeaf(part)) return isOwnLeaf(part);
  return Object.values(part).some((each) => isObject(each) && hasOwn(each));
}

function isOwnLeaf(part: ExplainedTree): boolean {
  return isLeaf(part) && !NOT_OWN.includes(String(part['layer']));
}

function isLeaf(part: ExplainedTree): boolean {
  return 'value' in part && typeof part['layer'] === 'string';
}

function isObject(value: unknown): value is ExplainedTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

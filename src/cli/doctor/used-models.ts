import { ownValue, treeAt, type ExplainedTree } from './explained-tree.ts';

/** A model that the operator has assigned. */
export interface UsedModel {
  /** Its full id: `ollama/qwen2.5:7b`. */
  readonly model: string;
  /** `node evaluate`, `lane coder`. */
  readonly usedBy: string;
  /** It is what the node or lane should answer with, not one of several to fall back on. */
  readonly isFirst: boolean;
}

/** The models that nodes and lanes have by the operator's own configuration, variables and switches. */
export function usedModels(tree: ExplainedTree): UsedModel[] {
  const nodes = Object.keys(treeAt(tree, ['nodes'])).flatMap((node) =>
    modelOf(ownValue(tree, ['nodes', node, 'model']), `node ${node}`, true),
  );
  return [...nodes, ...Object.keys(treeAt(tree, ['lanes'])).flatMap((lane) => ofLane(tree, lane))];
}

function ofLane(tree: ExplainedTree, lane: string): UsedModel[] {
  const at = ['lanes', lane];
  const usedBy = `lane ${lane}`;
  const provider = ownValue(tree, [...at, 'environment_target', 'provider']);
  const model = ownValue(tree, [...at, 'environment_target', 'model']);
  const isSet = typeof provider === 'string' && typeof model === 'string';
  const first = [
    ...modelOf(ownValue(tree, [...at, 'override']), usedBy, true),
    ...(isSet ? modelOf(`${provider}/${model}`, usedBy, true) : []),
  ];
  const preferred = ownValue(tree, [...at, 'preferred']);
  const rest = (Array.isArray(preferred) ? preferred : []).flatMap((each, index) =>
    modelOf(each, usedBy, first.length === 0 && index === 0),
  );
  return [...first, ...rest];
}

function modelOf(value: unknown, usedBy: string, isFirst: boolean): UsedModel[] {
  return typeof value === 'string' && value.includes('/') ? [{ model: value, usedBy, isFirst }] : [];
}

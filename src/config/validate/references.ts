import type { Kind } from '../../protocol/capabilities.ts';
import { parseModelId } from '../../protocol/model-id.ts';
import { suggestion, type Check } from './check.ts';
import { modelExists, modelsExist } from './model-reference.ts';
import { nameFault } from './names.ts';
import { quote, type Path } from '../faults.ts';
import type { FileNode } from '../schema/schema.ts';

/** The lane of requests that name no node, lane or model, unless configured otherwise. */
export const DEFAULT_LANE = 'orchestrator';

/** Reports invalid names and references to names that do not exist. */
export function findReferenceFaults(check: Check): void {
  const { file } = check;
  findNameFaults(check, 'lanes', Object.keys(file.lanes));
  findNameFaults(check, 'nodes', Object.keys(file.nodes));
  if (file.default_lane !== undefined) laneExists(check, ['default_lane'], file.default_lane);
  findModelFaults(check);
  for (const [name, lane] of Object.entries(file.lanes)) {
    modelsExist(check, ['lanes', name, 'preferred'], lane.preferred);
    modelsExist(check, ['lanes', name, 'cloud_fallback'], lane.cloud_fallback);
    findParamFaults(check, ['lanes', name, 'params'], lane.params);
  }
  findNodeFaults(check);
  findRuleFaults(check);
  for (const [alias, target] of Object.entries(file.aliases)) findAliasFaults(check, alias, target);
}

function findNameFaults(check: Check, section: 'lanes' | 'nodes', names: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const name of names) {
    const path = [section, name];
    const noun = section === 'lanes' ? 'lane' : 'node';
    const fault = nameFault(noun, name);
    if (fault !== null) check.report(path, fault);
    const plain = name.replaceAll('-', '_');
    const twin = taken.get(plain);
    if (twin !== undefined) {
      check.report(
        path,
        `differs from "${twin}" only in "-" and "_", which environment variables cannot distinguish`,
      );
    }
    taken.set(plain, name);
  }
}

/**
 * The kind of a node's requests. The nodes "embeddings" and "rerank" default to that kind: they serve requests that name
 * no model. A node "rerank" on a lane is older than that default, and chats.
 */
export function nodeKind(name: string, { kind, lane }: FileNode): Kind {
  if (kind !== undefined) return kind;
  if (name === 'rerank' && lane === undefined) return 'rerank';
  return name === 'embeddings' ? 'embeddings' : 'chat';
}

function findModelFaults(check: Check): void {
  for (const [id, model] of Object.entries(check.file.models)) {
    modelExists(check, ['models', id], id);
    modelsExist(check, ['models', id, 'fallbacks'], model.fallbacks);
    findParamFaults(check, ['models', id, 'params'], model.params);
  }
}

function findNodeFaults(check: Check): void {
  for (const [name, node] of Object.entries(check.file.nodes)) {
    const path = ['nodes', name];
    if (node.model !== undefined && node.lane !== undefined) {
      check.report(path, 'has both "model" and "lane"; set exactly one');
    } else if (node.model === undefined && node.lane === undefined && !check.isDamaged(path)) {
      check.report(path, 'has neither "model" nor "lane"; set exactly one');
    }
    if (node.model !== undefined) modelExists(check, [...path, 'model'], node.model);
    if (node.lane !== undefined) {
      laneExists(check, [...path, 'lane'], node.lane);
      const kind = nodeKind(name, node);
      if (kind !== 'chat') {
        check.report([...path, 'lane'], `a node of kind ${kind} needs a "model"; lanes serve chat only`);
      }
    }
    modelsExist(check, [...path, 'fallbacks'], node.fallbacks);
    findParamFaults(check, [...path, 'params'], node.params);
  }
}

function findRuleFaults(check: Check): void {
  const rule = check.file.rules.deep_ingest;
  const path = ['rules', 'deep_ingest', 'lane'];
  if (rule === undefined) return;
  if (rule.lane !== undefined) laneExists(check, path, rule.lane);
  else if (!check.isDamaged(path)) check.report(path, 'missing; set the lane for very large requests');
}

/** Parameters that only the caller can set have no default. */
function findParamFaults(check: Check, path: Path, params: Readonly<Record<string, unknown>>): void {
  for (const key of ['model', 'messages', 'stream']) {
    if (Object.hasOwn(params, key))
      check.report([...path, key], 'cannot have a default; only the caller sets it');
  }
}

function findAliasFaults(check: Check, alias: string, target: string): void {
  const path = ['aliases', alias];
  if (alias === '') check.report(path, 'an alias name must not be empty');
  const { nodes, lanes } = check.file;
  if (target.startsWith('lane:')) laneExists(check, path, target.slice('lane:'.length));
  else if (target.startsWith('node:')) nodeExists(check, path, target.slice('node:'.length));
  else if (Object.hasOwn(nodes, target) || Object.hasOwn(lanes, target)) return;
  else if (check.isDamaged(['nodes', target]) || check.isDamaged(['lanes', target])) return;
  else if (isRemoved(check, path, 'lane', target) || isRemoved(check, path, 'node', target)) return;
  else if (parseModelId(target) !== null) modelExists(check, path, target);
  else if (Object.hasOwn(check.file.aliases, target)) {
    check.report(
      path,
      `${quote(target)} is an alias; write the node, lane or full model id that is meant in its place`,
    );
  } else {
    const known = [...Object.keys(nodes), ...Object.keys(lanes), ...Object.keys(check.file.models)];
    check.report(
      path,
      `${quote(target)} is not a node, a lane or a full model id${suggestion(target, known)}`,
    );
  }
}

/** Reports a reference to a lane or node that a file removed by null; false for any other name. */
function isRemoved(check: Check, path: Path, kind: 'lane' | 'node', name: string): boolean {
  const file = check.removedEntries.get(`${kind}:${name}`);
  if (file === undefined) return false;
  const known = Object.keys(kind === 'lane' ? check.file.lanes : check.file.nodes);
  const others = known.length > 0 && known.length <= 12 ? ` (known: ${known.join(', ')})` : '';
  check.report(
    path,
    `${kind} ${quote(name)} is removed by null in ${file}; name another ${kind} here${others}, or take this entry or that null out`,
  );
  return true;
}

function nodeExists(check: Check, path: Path, name: string): void {
  if (Object.hasOwn(check.file.nodes, name) || check.isDamaged(['nodes', name])) return;
  if (isRemoved(check, path, 'node', name)) return;
  check.report(path, `unknown node ${quote(name)}${suggestion(name, Object.keys(check.file.nodes))}`);
}

function laneExists(check: Check, path: Path, name: string): void {
  if (Object.hasOwn(check.file.lanes, name) || check.isDamaged(['lanes', name])) return;
  if (isRemoved(check, path, 'lane', name)) return;
  const bare = name.replace(/^lane:/, '');
  const advice = Object.hasOwn(check.file.lanes, bare)
    ? `; did you mean ${quote(bare)}?`
    : path[0] === 'nodes' && parseModelId(name) !== null
      ? `; it looks like a model id: write "model": ${quote(name)}`
      : suggestion(bare, Object.keys(check.file.lanes));
  check.report(path, `unknown lane ${quote(name)}${advice}`);
}

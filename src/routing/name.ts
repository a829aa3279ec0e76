import { NOTHING_KNOWN, type RequestKind } from '../protocol/capabilities.ts';
import { GatewayError, type ErrorCode } from '../protocol/errors.ts';
import { formatModelId, parseModelId } from '../protocol/model-id.ts';
import { shorten, WORD_MAX } from '../util/shorten.ts';
import { laneNameAdvice, modelNameAdvice, nodeNameAdvice } from './name-advice.ts';
import type { Destination, RouteRequest } from './plan.ts';
import type { ModelEntry, Snapshot } from './snapshot.ts';
import { unreadableFile, unreadableName } from './unreadable-file.ts';

/** Longest name, in characters: while a list is unknown, any name would count as a model. */
export const NAME_MAX = 512;

/**
 * Finds what a request names; the first match wins: header, `node:`/`lane:` prefix, node, lane, full model id, alias,
 * bare model id, no name at all. Throws 404 with the nearest matches; patterns of aliases are not suggested.
 */
export function resolveName(request: RouteRequest, snapshot: Snapshot): Destination {
  const { headers, facts } = request;
  if (headers.node !== null) return findNode(headers.node, snapshot, 'x-laneway-node');
  if (headers.lane !== null) return findLane(headers.lane, snapshot, 'x-laneway-lane');
  if (facts.model === null || facts.model === 'auto')
    return { ...findUnnamed(facts.kind, snapshot), requested: 'auto' };
  const name = withoutTag(facts.model, snapshot);
  if (name === 'auto') return { ...findUnnamed(facts.kind, snapshot), requested: 'auto' };
  if (name.length > NAME_MAX) throw unknownModel(facts.model, snapshot);
  const found = lookUpAny(name, snapshot) ?? lookUpUntagged(name, snapshot);
  if (found !== null) return found;
  const to = aliasTarget(name, snapshot);
  throw unknownModel(to ?? facts.model, snapshot, to === null ? null : name);
}

/** Ollama's clients add it to a name without a tag. */
const TAG = ':latest';

/** The name without Ollama's tag, where a name of Laneway is meant: nodes, lanes and full ids have none. */
function withoutTag(name: string, { nodes, lanes, models, aliases }: Snapshot): string {
  if (!name.endsWith(TAG) || models.has(name) || aliases.has(name)) return name;
  const bare = name.slice(0, -TAG.length);
  const isOwn = nodes.has(bare) || lanes.has(bare) || models.has(bare) || aliases.has(bare);
  return isOwn || bare === 'auto' || /^(?:node|lane):/.test(bare) ? bare : name;
}

/** The bare id of a model whose server has no tags. */
function lookUpUntagged(name: string, snapshot: Snapshot): Destination | null {
  return name.endsWith(TAG) ? lookUpAny(name.slice(0, -TAG.length), snapshot) : null;
}

/** 404 for a model whose file cannot be used; `why` as of `unreadableName`. `param`: the field that named it. */
export function unusableModel(name: string, why: string, param = 'model'): GatewayError {
  return new GatewayError('model_not_found', `model "${shorten(name)}" cannot be loaded: ${why}`, { param });
}

/** 404 for a name that nothing has, with the nearest ones. `alias`: the alias that was sent for it; null: none. */
export function unknownModel(name: string, snapshot: Snapshot, alias: string | null = null): GatewayError {
  const unreadable = unreadableName(name, snapshot);
  if (unreadable !== null) return unusableModel(name, unreadable);
  const known = [
    ...snapshot.nodes.keys(),
    ...snapshot.lanes.keys(),
    ...snapshot.models.keys(),
    ...bareIds(snapshot).keys(),
    ...[...snapshot.aliases.keys()].filter((other) => !other.includes('*') && other !== alias),
  ];
  const advice = modelNameAdvice(name, known, snapshot);
  const meant = alias === null ? '' : `, the model of the alias "${shorten(alias)}"`;
  return notFound('model_not_found', 'model', name, `${meant}${advice}`);
}

/** The destination of a request without a name: the default lane for chat, else the node of the request's kind. */
function findUnnamed(kind: RequestKind, snapshot: Snapshot): Destination {
  if (kind === 'chat') return findLane(snapshot.defaultLane, snapshot);
  const node = snapshot.nodes.get(kind);
  if (node !== undefined) return { kind: 'node', requested: `node:${kind}`, node };
  const message = `the request names no model, and there is no node "${kind}" to serve it`;
  throw new GatewayError('node_not_found', message, { param: 'model' });
}

function lookUpAny(name: string, snapshot: Snapshot): Destination | null {
  return lookUp(name, snapshot) ?? lookUpAlias(name, snapshot) ?? lookUpBare(name, snapshot);
}

/** Names that are unique without aliases: prefixed names, nodes, lanes, full model ids. */
function lookUp(name: string, snapshot: Snapshot): Destination | null {
  if (name.startsWith('node:')) return findNode(name.slice(5), snapshot);
  if (name.startsWith('lane:')) return findLane(name.slice(5), snapshot);
  if (snapshot.nodes.has(name)) return findNode(name, snapshot);
  if (snapshot.lanes.has(name)) return findLane(name, snapshot);
  const model = findModel(name, snapshot);
  return model === null ? null : { kind: 'model', requested: name, model };
}

function findNode(name: string, snapshot: Snapshot, param = 'model'): Destination {
  const node = snapshot.nodes.get(name);
  if (node === undefined)
    throw notFound('node_not_found', 'node', name, nodeNameAdvice(name, snapshot, param), param);
  return { kind: 'node', requested: `node:${name}`, node };
}

function findLane(name: string, snapshot: Snapshot, param = 'model'): Destination {
  const lane = snapshot.lanes.get(name);
  if (lane === undefined)
    throw notFound('lane_not_found', 'lane', name, laneNameAdvice(name, snapshot, param), param);
  return { kind: 'lane', requested: `lane:${name}`, lane };
}

/**
 * Finds a model by its full id. It is known when the configuration or a list contains it; until its provider's list was
 * read, every id of that provider is; with `evenUnlisted` always, since lists are read without models for speech and
 * images.
 */
export function findModel(id: string, snapshot: Snapshot, evenUnlisted = false): ModelEntry | null {
  const parts = parseModelId(id);
  if (parts === null) return null;
  const provider = snapshot.providers.get(parts.provider);
  if (provider === undefined) return null;
  const modelId =
    provider.defaultTag !== null && !parts.modelId.includes(':')
      ? parts.modelId + provider.defaultTag
      : parts.modelId;
  const fullId = formatModelId(provider.id, modelId);
  const known = snapshot.models.get(fullId) ?? otherNames(snapshot).get(fullId);
  if (known !== undefined) return known;
  if (provider.listed && !evenUnlisted) return null;
  if (unreadableFile(provider, modelId) !== null) return null;
  return {
    id: fullId,
    provider,
    modelId,
    upstreamId: modelId,
    ...NOTHING_KNOWN,
  };
}

const otherNamesCache = new WeakMap<Snapshot, ReadonlyMap<string, ModelEntry>>();

/**
 * Other full ids of models whose files are known: with `.gguf`, as older systems and llama-server write them, and as
 * their server lists them.
 */
function otherNames(snapshot: Snapshot): ReadonlyMap<string, ModelEntry> {
  const cached = otherNamesCache.get(snapshot);
  if (cached !== undefined) return cached;
  const names = new Map<string, ModelEntry>();
  for (const model of snapshot.models.values()) {
    if (model.file === undefined) continue;
    for (const name of bareNames(model)) names.set(formatModelId(model.provider.id, name), model);
  }
  otherNamesCache.set(snapshot, names);
  return names;
}

function lookUpAlias(name: string, snapshot: Snapshot): Destination | null {
  const to = aliasTarget(name, snapshot);
  if (to === null) return null;
  const found = lookUp(to, snapshot) ?? lookUpBare(to, snapshot);
  return found === null ? null : { ...found, requested: name };
}

/** The name that an alias is for; null: the name is no alias. */
export function aliasTarget(name: string, snapshot: Snapshot): string | null {
  const exact = snapshot.aliases.get(name);
  return exact ?? globsOf(snapshot).find(({ pattern }) => pattern.test(name))?.to ?? null;
}

interface Glob {
  readonly pattern: RegExp;
  readonly to: string;
}

const globCache = new WeakMap<Snapshot, readonly Glob[]>();

function globsOf(snapshot: Snapshot): readonly Glob[] {
  const cached = globCache.get(snapshot);
  if (cached !== undefined) return cached;
  const globs = [...snapshot.aliases]
    .filter(([name]) => name.includes('*'))
    .map(([name, to]) => ({ pattern: globPattern(name), to }));
  globCache.set(snapshot, globs);
  return globs;
}

/** `*` matches any characters; consecutive `*` are merged, so that matching stays linear. */
function globPattern(glob: string): RegExp {
  const parts = glob.split(/\*+/).map((part) => part.replaceAll(/[$()+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

const bareCache = new WeakMap<Snapshot, ReadonlyMap<string, readonly ModelEntry[]>>();

/** Bare model ids to their models, without models that are missing from their server's list unless their file is known. */
function bareIds(snapshot: Snapshot): ReadonlyMap<string, readonly ModelEntry[]> {
  const cached = bareCache.get(snapshot);
  if (cached !== undefined) return cached;
  const bare = new Map<string, ModelEntry[]>();
  for (const model of snapshot.models.values()) {
    if (model.inList === false && model.file === undefined) continue;
    for (const name of bareNames(model)) {
      const same = bare.get(name);
      if (same === undefined) bare.set(name, [model]);
      else same.push(model);
    }
  }
  bareCache.set(snapshot, bare);
  return bare;
}

/** All names of a model whose file is known; the id of every other. */
function bareNames({ modelId, upstreamId, file }: ModelEntry): ReadonlySet<string> {
  return new Set(
    file === undefined ? [modelId] : [modelId, `${modelId}.gguf`, file, `${file}.gguf`, upstreamId],
  );
}

function lookUpBare(name: string, snapshot: Snapshot): Destination | null {
  const ids = bareIds(snapshot);
  const found = ids.get(name) ?? ids.get(`${name}:latest`) ?? [];
  // A file that is not loaded counts where no server lists a model of that name.
  const listed = found.filter(({ inList }) => inList !== false);
  const enabled = (listed.length > 0 ? listed : found).filter(({ provider }) => provider.disabled !== true);
  // A disabled provider's model is found only where no other has it, so that the error says why it cannot answer.
  const models = enabled.length > 0 ? enabled : found.slice(0, 1);
  const [only, second] = models;
  if (only === undefined) return null;
  if (second === undefined) return { kind: 'model', requested: name, model: only };
  const choices = models.map((model) => model.id).join(' or ');
  throw new GatewayError('model_not_found', `"${name}" is served by more than one provider: use ${choices}`, {
    param: 'model',
  });
}

function notFound(
  code: ErrorCode,
  noun: string,
  name: string,
  advice: string,
  param = 'model',
): GatewayError {
  const isLong = name.length > WORD_MAX;
  const shown = isLong ? `${shorten(name)}…` : name;
  return new GatewayError(code, `unknown ${noun} "${shown}"${isLong ? '' : advice}`, {
    param,
  });
}

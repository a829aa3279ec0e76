import { parseModelId } from '../protocol/model-id.ts';
import type { ConfigContent } from './effective.ts';
import { formatPath, type Path } from './faults.ts';
import { valueAt } from './files/json.ts';
import type { Layer } from './layers.ts';

/** A place that names models. */
interface Place {
  readonly path: Path;
  readonly ids: readonly string[];
}

/**
 * Lines for models that the operator's own files name and that no plan uses: those of disabled providers, and those
 * that are not local where `cloud` is false. Models of the shipped defaults are left out: nobody wrote them.
 */
export function unusedModelWarnings(content: ConfigContent, layers: readonly Layer[]): string[] {
  const isOwn = (path: Path): boolean =>
    layers.findLast(({ values }) => valueAt(values, path) !== undefined)?.shipped === false;
  return [...disabledWarnings(content, isOwn), ...cloudWarnings(content, isOwn)];
}

type IsOwn = (path: Path) => boolean;
type Provider = ConfigContent['providers'][string];

function providerOf(id: string, { providers }: ConfigContent): Provider | undefined {
  return providers[parseModelId(id)?.provider ?? ''];
}

/** One line for each disabled provider that the operator's lanes, nodes and aliases name. */
function disabledWarnings(content: ConfigContent, isOwn: IsOwn): string[] {
  const found = new Map<string, string[]>();
  for (const { path, ids } of placesOf(content)) {
    if (!isOwn(path)) continue;
    for (const id of ids) {
      if (providerOf(id, content)?.enabled !== false) continue;
      const provider = parseModelId(id)?.provider ?? '';
      found.set(provider, [...(found.get(provider) ?? []), `${formatPath(path)} (${id})`]);
    }
  }
  return [...found].map(
    ([provider, places]) => `providers.${provider}: "enabled" is false, so not used: ${places.join(', ')}`,
  );
}

function placesOf({ lanes, nodes, aliases }: ConfigContent): Place[] {
  return [
    ...Object.entries(lanes).flatMap(([name, lane]) => [
      { path: ['lanes', name, 'preferred'], ids: lane.preferred },
      { path: ['lanes', name, 'cloud_fallback'], ids: lane.cloud_fallback },
    ]),
    ...Object.entries(nodes).flatMap(([name, { model, fallbacks }]) => [
      { path: ['nodes', name, 'model'], ids: model === null ? [] : [model] },
      { path: ['nodes', name, 'fallbacks'], ids: fallbacks },
    ]),
    ...Object.entries(aliases).map(([alias, target]) => ({ path: ['aliases', alias], ids: [target] })),
  ];
}

/** Lines for nodes, lanes and aliases whose models are all excluded because they are not local. */
function cloudWarnings(content: ConfigContent, isOwn: IsOwn): string[] {
  const { defaults, lanes, nodes, aliases } = content;
  const isCloud = (id: string): boolean => {
    const provider = providerOf(id, content);
    return provider !== undefined && !provider.local && provider.enabled;
  };
  const excludes = (cloud: boolean | undefined): boolean =>
    cloud === false || (cloud !== true && !defaults.cloud);
  const lines: string[] = [];
  const add = (path: Path, ids: readonly string[], cloud: boolean | undefined, remedy: string): void => {
    if (ids.length === 0 || !ids.every(isCloud) || !excludes(cloud)) return;
    const where = cloud === false ? 'here' : 'in defaults';
    lines.push(
      `${formatPath(path)}: not used, because "cloud" is false ${where}: ${ids.join(', ')}; name a local model, or ${remedy}`,
    );
  };
  const remedy = (cloud: boolean | undefined): string =>
    cloud === false ? 'remove "cloud": false' : 'set "cloud": true here';
  for (const [name, { model, cloud }] of Object.entries(nodes)) {
    const path = ['nodes', name];
    if (model !== null && (isOwn([...path, 'model']) || (cloud === false && isOwn([...path, 'cloud']))))
      add(path, [model], cloud, remedy(cloud));
  }
  for (const [name, { preferred, cloud_fallback, cloud, environment_target }] of Object.entries(lanes)) {
    const path = ['lanes', name];
    const isWritten = isOwn([...path, 'preferred']) || isOwn([...path, 'cloud_fallback']);
    if (isWritten && environment_target === null && !(cloud === undefined && isOpened(name, content)))
      add(path, [...preferred, ...cloud_fallback], cloud, remedy(cloud));
  }
  for (const [alias, target] of Object.entries(aliases)) {
    const path = ['aliases', alias];
    if (isOwn(path)) add(path, [target], undefined, 'point it to a node or lane with "cloud": true');
  }
  return lines;
}

/** Whether a node with `cloud: true` may use the lane: as its own, or as the default lane after its own model. */
function isOpened(lane: string, { nodes, default_lane }: ConfigContent): boolean {
  return Object.values(nodes).some(
    (node) => node.cloud === true && (node.lane === lane || lane === default_lane),
  );
}

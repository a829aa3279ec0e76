import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** What `--cpu-prof` writes, as far as it is read here: times in µs. */
export interface Profile {
  readonly startTime: number;
  readonly nodes: readonly ProfileNode[];
  /** The node of each sample, and the time since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
}

/** Functions of Node's own bindings that are system calls of sockets. */
const SYSTEM_CALLS = /^(write\w*|readStart|readStop|shutdown|connect\w*|bind\w*)$/;

/** Areas by the path of a function's source; the first that fits. */
const AREAS: readonly (readonly [path: RegExp, area: string])[] = [
  [/node_modules\/undici\/|^wasm:/, 'undici'],
  [/node_modules\/(?:pino|sonic-boom)/, 'log (pino)'],
  [/node_modules\//, 'Fastify and other libraries'],
  [/bench\/bare\.ts/, 'bare.ts'],
  [/^node:_http|^node:internal\/http/, 'Node: HTTP server'],
  [/^node:(?:net|events|stream|internal\/stream)/, 'Node: sockets and streams'],
  [/^node:(?:internal\/)?timers/, 'Node: timers'],
  [/^node:(?:internal\/)?buffer/, 'Node: buffers'],
  [/^node:internal\/(?:async_hooks|process\/task_queues)|^node:async_hooks/, 'Node: callbacks'],
  [/^node:internal\/(?:worker|per_context\/messageport)/, 'Node: messages to threads'],
  [/^node:/, 'Node: other'],
];

/** The gateway's own code: `src` and at most two folders below it. */
const OWN = /(?:^|\/)(src\/(?:[^/]+\/){0,2})/;

/**
 * Time of the samples between two moments by area of the code, idle time left out. What is built is looked up in its
 * source map; a function of the engine (`JSON.parse`, copies) counts for the area that calls it.
 */
export function areasOf(profile: Profile, from: number, to: number): Map<string, number> {
  const places = placesOf(profile);
  const totals = new Map<string, number>();
  let time = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    time += delta;
    const area = places.get(id) ?? 'unknown';
    if (time < from || time > to || area === IDLE) continue;
    totals.set(area, (totals.get(area) ?? 0) + delta);
  }
  return totals;
}

const IDLE = 'idle';

function placesOf({ nodes }: Profile): Map<number, string> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const maps = new Map<string, SourceMap | null>();
  const areas = new Map<number, string>();
  const areaOf = (id: number): string => {
    const known = areas.get(id);
    if (known !== undefined) return known;
    const node = byId.get(id);
    const parent = parents.get(id);
    const own = node === undefined ? null : ownArea(node, maps);
    const area = own ?? (parent === undefined ? 'unknown' : areaOf(parent));
    areas.set(id, area);
    return area;
  };
  for (const { id } of nodes) areaOf(id);
  return areas;
}

/** Null where the caller's counts. */
function ownArea({ callFrame }: ProfileNode, maps: Map<string, SourceMap | null>): string | null {
  const { functionName, url } = callFrame;
  switch (functionName) {
    case '(idle)':
      return IDLE;
    case '(garbage collector)':
      return 'garbage collection';
    case '(program)':
    case '(root)':
      return 'native code outside JavaScript (event loop, reads, HTTP parser)';
  }
  if (url === '') return SYSTEM_CALLS.test(functionName) ? 'system calls: writes' : null;
  const path = sourceOf(callFrame, maps);
  const area = AREAS.find(([pattern]) => pattern.test(path))?.[1];
  return area ?? OWN.exec(path)?.[1] ?? 'unknown';
}

function sourceOf(
  { url, lineNumber, columnNumber }: ProfileNode['callFrame'],
  maps: Map<string, SourceMap | null>,
): string {
  if (!url.startsWith('file:')) return url;
  const map = maps.get(url) ?? mapOf(url);
  maps.set(url, map);
  const entry = map?.findEntry(lineNumber, columnNumber);
  return entry !== undefined && 'originalSource' in entry ? entry.originalSource : url;
}

/** Null for what is not built; the build writes its maps compressed. */
function mapOf(url: string): SourceMap | null {
  const file = `${fileURLToPath(url)}.map.gz`;
  if (!existsSync(file)) return null;
  return new SourceMap(JSON.parse(gunzipSync(readFileSync(file)).toString()) as SourceMapPayload);
}

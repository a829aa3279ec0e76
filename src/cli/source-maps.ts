import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { PACKAGE_ROOT } from '../util/package-root.ts';

/**
 * Replaces the places in built files by those in their sources. The source maps are read only now: Node's
 * `--enable-source-maps` reads all of them at start (85 MB, 60 ms). Lines without a map stay as they are.
 */
export function stackOfSources(stack: string): string {
  const maps = new Map<string, SourceMap | null>();
  return stack.replaceAll(BUILT_PLACE, (place: string, url: string, line: string, column: string) => {
    const map = maps.get(url) ?? readMap(url);
    maps.set(url, map);
    // Numbers of a stack begin with 1, those of a map with 0.
    const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return place;
    const source = fileURLToPath(new URL(entry.originalSource, url));
    return `${relative(PACKAGE_ROOT, source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

const BUILT_PLACE = /(file:\/\/[^\s()]+\/dist\/[^\s():]+\.js):(\d+):(\d+)/g;

function readMap(url: string): SourceMap | null {
  try {
    const text = gunzipSync(readFileSync(fileURLToPath(`${url}.map.gz`)));
    return new SourceMap(JSON.parse(text.toString()) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return null;
  }
}

import { formatPath, type Path } from '../faults.ts';
import { isObject, valueAt, type Json } from '../files/json.ts';
import type { Layer } from '../layers.ts';

/** Accepted keys without an implementation, and the value (`idle`) that has no effect anyway and is not reported. */
const UNIMPLEMENTED: readonly { readonly path: readonly string[]; readonly idle?: Json }[] = [
  { path: ['pools', '*'] },
  { path: ['providers', '*', 'pool'] },
  { path: ['providers', '*', 'engine'] },
  { path: ['models', '*', 'pinned'], idle: false },
  { path: ['models', '*', 'context'] },
  { path: ['lanes', '*', 'burst'], idle: false },
];

/** One line that lists every unimplemented key in the operator's files; null when there is none. */
export function unimplementedKeysWarning(layers: readonly Layer[]): string | null {
  const own = layers.filter(({ shipped }) => !shipped);
  const named = new Set(own.flatMap(({ values }) => unimplementedKeys(values).map(formatPath)));
  if (named.size === 0) return null;
  return `accepted, but not implemented in this release: ${[...named].join(', ')}`;
}

function unimplementedKeys(values: Json): Path[] {
  return UNIMPLEMENTED.flatMap(({ path, idle }) =>
    expand(values, path).filter((found) => {
      const value = valueAt(values, found);
      return value !== undefined && value !== null && value !== idle;
    }),
  );
}

function expand(values: Json, pattern: readonly string[]): Path[] {
  const star = pattern.indexOf('*');
  if (star < 0) return [pattern];
  const section = valueAt(values, pattern.slice(0, star));
  const keys = isObject(section) ? Object.keys(section) : [];
  return keys.map((key) => pattern.with(star, key));
}

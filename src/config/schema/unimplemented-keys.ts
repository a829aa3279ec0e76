import { formatPath, type Path } from '../faults.ts';
import { isObject, valueAt, type Json } from '../files/json.ts';
import type { Layer } from '../layers.ts';

/** Keys of the table in DESIGN section 3 whose work is not done yet, and the value that would ask for nothing new. */
const UNIMPLEMENTED: readonly { readonly path: readonly string[]; readonly idle?: Json }[] = [
  { path: ['defaults', 'queue'] },
  { path: ['providers', '*', 'concurrency'] },
  { path: ['providers', '*', 'models_dir'] },
  { path: ['models', '*', 'price'] },
  { path: ['lanes', '*', 'concurrency'] },
  { path: ['lanes', '*', 'queue'] },
  { path: ['lanes', '*', 'wait_while_loading'], idle: false },
];

/** One line that names every accepted key without effect in the user's files; null when there is none. */
export function laterKeysWarning(layers: readonly Layer[]): string | null {
  const own = layers.filter(({ shipped }) => !shipped);
  const named = new Set(
    own.flatMap(({ values }) => [...unimplementedKeys(values), ...storedSecrets(values)].map(formatPath)),
  );
  if (named.size === 0) return null;
  return `accepted, but without effect until a later release: ${[...named].join(', ')}`;
}

function unimplementedKeys(values: Json): Path[] {
  return UNIMPLEMENTED.flatMap(({ path, idle }) =>
    expand(values, path).filter((found) => {
      const value = valueAt(values, found);
      return value !== undefined && value !== null && value !== idle;
    }),
  );
}

/** `secret:NAME` is read from a store that does not exist yet: such a provider has no key. */
function storedSecrets(values: Json): Path[] {
  return expand(values, ['providers', '*', 'api_key']).filter((path) => {
    const value = valueAt(values, path);
    return typeof value === 'string' && value.startsWith('secret:');
  });
}

function expand(values: Json, pattern: readonly string[]): Path[] {
  const star = pattern.indexOf('*');
  if (star < 0) return [pattern];
  const section = valueAt(values, pattern.slice(0, star));
  const keys = isObject(section) ? Object.keys(section) : [];
  return keys.map((key) => pattern.with(star, key));
}

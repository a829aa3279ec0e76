import { basename, relative, sep } from 'node:path';

import { modelNameOf } from '../../protocol/model-file.ts';

/**
 * The ids of model files, in the order of their paths: the name of the file without `.gguf` and its part. Where several
 * have one name, the one closest to the folder keeps it, and the others have their folders before it.
 */
export function modelIds(paths: readonly string[], folder: string): readonly string[] {
  const byName = Map.groupBy(paths, (path) => modelNameOf(basename(path)));
  return paths.map((path) => {
    const name = modelNameOf(basename(path));
    const same = byName.get(name) ?? [];
    const closest = same.reduce((best, other) => (depth(other) < depth(best) ? other : best), path);
    const first = same.find((other) => depth(other) === depth(closest));
    return path === first ? name : modelNameOf(relative(folder, path).split(sep).join('/'));
  });
}

function depth(path: string): number {
  return path.split(sep).length;
}

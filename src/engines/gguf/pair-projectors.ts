import { basename, dirname } from 'node:path';
import type { ModelFile, ProjectorFile } from './model-file.ts';

type Paired = Pick<ModelFile, 'path' | 'model'>;

/** So many equal characters at the beginning of two names are no accident. */
const COMMON_MIN = 5;

/**
 * The projector of each model, in order; null: none. It is in the same folder and makes embeddings of the model's length;
 * where the folder has several models of that length, the beginning of its name decides.
 */
export function pairProjectors(
  models: readonly Paired[],
  projectors: readonly ProjectorFile[],
): readonly (ProjectorFile | null)[] {
  return models.map((model) => {
    const folder = dirname(model.path);
    const fitting = projectors.filter((each) => dirname(each.path) === folder && fits(model, each));
    const rivals = models.filter(
      (other) => dirname(other.path) === folder && fitting.some((each) => fits(other, each)),
    );
    if (rivals.length <= 1) return fitting[0] ?? null;
    return fitting.find((each) => common(nameOf(each.path), nameOf(model.path)) >= COMMON_MIN) ?? null;
  });
}

function fits({ model }: Paired, projector: ProjectorFile): boolean {
  const { projectionLength } = projector.model;
  return (
    projectionLength === null || model.embeddingLength === null || projectionLength === model.embeddingLength
  );
}

/** `mmproj-Qwen2.5-VL-7B-f16.gguf` and `Qwen2.5-VL-7B.mmproj.gguf` begin as their models do. */
function nameOf(path: string): string {
  return basename(path)
    .toLowerCase()
    .replace(/^mmproj[-_.]?(?:model[-_.]?)?/, '');
}

function common(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

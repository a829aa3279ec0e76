import { elements, fields, positive, text } from '../../../util/json-fields.ts';

/** One entry of `GET /api/ps`: of several names of the same weights only the one that loaded them first. */
export interface RunningModel {
  readonly name: string;
  readonly digest: string;
  /** What Ollama reports for weights and cache together; null: nothing. */
  readonly bytes: number | null;
  readonly contextLength: number | null;
}

/** The entries of `GET /api/ps`. */
export function readRunning(body: unknown): readonly RunningModel[] {
  return (elements(fields(body)['models']) ?? []).flatMap((value) => {
    const entry = fields(value);
    const name = text(entry['model']) ?? text(entry['name']);
    if (name === null) return [];
    const [bytes, contextLength] = [positive(entry['size']), positive(entry['context_length'])];
    return [{ name, digest: text(entry['digest']) ?? '', bytes, contextLength }];
  });
}

/** Names and digests of `GET /api/tags`; models on another machine are left out. */
export function readTags(body: unknown): readonly { readonly name: string; readonly digest: string }[] {
  return (elements(fields(body)['models']) ?? []).flatMap((value) => {
    const entry = fields(value);
    const name = text(entry['model']) ?? text(entry['name']);
    if (name === null || text(entry['remote_host']) !== null) return [];
    return [{ name, digest: text(entry['digest']) ?? '' }];
  });
}

/** The hash of the weights in the reply of `POST /api/show`, whose `modelfile` names their file; null: not there. */
export function readWeights(body: unknown): string | null {
  const modelfile = text(fields(body)['modelfile']) ?? '';
  return /^FROM .*\bsha256[-:]([0-9a-f]{64})\s*$/m.exec(modelfile)?.[1] ?? null;
}

/** A name with its tag: one without means `:latest`. */
export function tagged(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).includes(':') ? name : `${name}:latest`;
}

import type { EngineModel } from '../engine-model.ts';

/** A model, and how the next load of it is to differ from the list. */
export interface PresetModel extends EngineModel {
  /** llama-server then enables flash attention by itself. */
  readonly quantizedCache?: boolean;
}

/** A preset file for a router, and the models that cannot be in it. */
export interface Preset {
  readonly text: string;
  /** Models that a preset cannot express, with the reason. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/** Seconds that a model's server gets to end. Its requests have been drained before, so that it has nothing to finish. */
const STOP_TIMEOUT_S = 2;

/**
 * Writes the models as a preset (`--models-preset`, an INI file with a section for each model). llama.cpp b10434 cuts a
 * value at `;` and `#`, trims the names of sections, and refuses the whole file for a `]` in one; it has no quoting.
 */
export function writePreset(models: readonly PresetModel[]): Preset {
  const skipped: { id: string; reason: string }[] = [];
  const sections: string[] = [];
  const seen = new Set<string>();
  for (const { id, path, context, quantizedCache } of models) {
    const reason = faultOf(id, path) ?? (seen.has(id) ? 'another file has the same id' : null);
    if (reason !== null) {
      skipped.push({ id, reason });
      continue;
    }
    seen.add(id);
    const window = context === null ? '' : `ctx-size = ${context}\n`;
    const cache = quantizedCache === true ? 'cache-type-k = q8_0\ncache-type-v = q8_0\n' : '';
    sections.push(`[${id}]\nmodel = ${path}\n${window}${cache}`);
  }
  const head = `version = 1\n\n[*]\nstop-timeout = ${STOP_TIMEOUT_S}\n`;
  return { text: [head, ...sections].join('\n'), skipped };
}

function faultOf(id: string, path: string): string | null {
  if (id === '' || id === '*' || id !== id.trim() || /[[\]\p{Cc}]/u.test(id)) {
    return 'its id has brackets, control characters, or spaces at an end, which a llama-server preset cannot express';
  }
  if (path !== path.trim() || /[;#\p{Cc}]/u.test(path)) {
    return 'its path has ";", "#" or control characters, which a llama-server preset cannot express; rename it';
  }
  return null;
}

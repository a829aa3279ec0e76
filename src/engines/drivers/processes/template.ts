import { EngineError } from '../../driver.ts';

/** Values of the placeholders of `engine.command`; null: unknown. */
export interface TemplateValues {
  readonly path: string | null;
  readonly model: string;
  readonly port: number;
  readonly context: number | null;
}

const PLACEHOLDER = /\{(path|model|port|context)\}/g;

/**
 * The command with `{path}`, `{model}`, `{port}` and `{context}` replaced, each argument in one pass, so that a value is
 * never read as a placeholder. Without a context the argument with `{context}` is left out, and with it an option
 * directly before it (`-c`), so that the engine chooses. Throws an `EngineError` if the path is needed and unknown.
 */
export function fillTemplate(template: readonly string[], values: TemplateValues): string[] {
  const filled: string[] = [];
  for (const part of template) {
    if (values.context === null && part.includes('{context}')) {
      if (part === '{context}' && filled.at(-1)?.startsWith('-') === true) filled.pop();
      continue;
    }
    filled.push(part.replace(PLACEHOLDER, (_whole, name: keyof TemplateValues) => valueOf(values, name)));
  }
  return filled;
}

function valueOf(values: TemplateValues, name: keyof TemplateValues): string {
  const value = values[name];
  if (value !== null) return String(value);
  throw new EngineError(
    'not_found',
    `Model ${values.model} has no file: set its path (models.*.path) or the provider's models_dir`,
  );
}

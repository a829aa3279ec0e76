import type { Subject } from '../state/assignments.svelte.ts';

/** A node or lane that uses models of a provider. */
export interface Dependent {
  /** `evaluate`, or `lane:coder`. */
  readonly id: string;
  /** Full ids of the models, each once. */
  readonly models: readonly string[];
}

/**
 * The nodes and lanes that use models of a provider: by assignment, as what answers now, or named by their entry in
 * `config`, the configuration in effect.
 */
export function dependentsOf(
  provider: string,
  config: Readonly<Record<string, unknown>>,
  subjects: readonly Subject[],
): Dependent[] {
  const prefix = `${provider}/`;
  return subjects.flatMap(({ id, assignment }) => {
    const { assigned, answers, settings } = assignment;
    const names = [assigned, answers.target, settings?.fallbacks, entryOf(id, config)].flatMap(texts);
    const models = [...new Set(names.filter((name) => name.startsWith(prefix)))];
    return models.length === 0 ? [] : [{ id, models }];
  });
}

function entryOf(id: string, config: Readonly<Record<string, unknown>>): unknown {
  const isLane = id.startsWith('lane:');
  const section = config[isLane ? 'lanes' : 'nodes'] as Readonly<Record<string, unknown>> | undefined;
  return section?.[isLane ? id.slice('lane:'.length) : id];
}

/** All texts within a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

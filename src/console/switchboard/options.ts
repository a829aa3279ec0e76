import type { Target } from '../api/client.ts';
import type { AvailableModel } from '../api/types.ts';
import type { Subject } from '../state/assignments.svelte.ts';
import { modelsByProvider } from './model-order.ts';

/** An entry of a list of models, lanes or nodes. */
export interface Choice {
  /** `provider/model`, `lane:NAME`, or a node's name. */
  readonly id: string;
  readonly name: string;
  /** null: not a model. */
  readonly model: AvailableModel | null;
  /** For a node or lane: which model answers for it. */
  readonly note?: string;
}

/** Something a node or lane can be switched to. */
export interface Option extends Choice {
  readonly target: Target;
}

/** Options under one heading. */
export interface OptionGroup<Kind extends Choice = Option> {
  readonly name: string;
  readonly options: readonly Kind[];
}

/**
 * The options of a subject that match all words of `search`: models by provider, those that can answer first, then
 * lanes. Empty groups are left out.
 */
export function optionsOf(
  { available, lanes }: { readonly available: readonly AvailableModel[]; readonly lanes: readonly Subject[] },
  subject: Subject,
  search: string,
): OptionGroup[] {
  const words = search.toLowerCase().split(/\s+/);
  const matches = ({ id, name }: Option): boolean => {
    const text = `${id} ${name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const groups = modelsByProvider(available)
    .map(([name, models]) => ({ name, options: models.map(modelOption).filter(matches) }))
    .filter(({ options }) => options.length > 0);
  const isLane = subject.id.startsWith('lane:');
  const laneOptions = isLane ? [] : lanes.map(laneOption).filter(matches);
  return laneOptions.length === 0 ? groups : [...groups, { name: 'Lanes', options: laneOptions }];
}

function modelOption(model: AvailableModel): Option {
  const { provider, model_id, name } = model;
  return { id: `${provider}/${model_id}`, name, target: { provider, model_id }, model };
}

function laneOption({ id }: Subject): Option {
  return { id, name: id, target: { lane: id.slice('lane:'.length) }, model: null };
}

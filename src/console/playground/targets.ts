import type { AvailableModel } from '../api/types.ts';
import type { Subject } from '../state/assignments.svelte.ts';
import { answersText } from '../switchboard/answers.ts';
import { modelsByProvider } from '../switchboard/model-order.ts';
import type { Choice, OptionGroup } from '../switchboard/options.ts';
import { DEFAULT_TARGET } from './column.svelte.ts';

/** What requests can name. */
export interface Names {
  readonly nodes: readonly Subject[];
  readonly lanes: readonly Subject[];
  readonly available: readonly AvailableModel[];
}

/**
 * Everything a request can name that matches all words of `search`: the default lane, nodes, lanes, models by provider (those that can answer first).
 * A name that is none of them can be used as typed, since the gateway knows aliases too. Empty groups are left out.
 */
export function targetGroups(names: Names, search: string): OptionGroup<Choice>[] {
  const words = search.toLowerCase().split(/\s+/);
  const all = [
    { name: 'Default', options: [choice(DEFAULT_TARGET, 'auto: the default lane')] },
    { name: 'Nodes', options: names.nodes.map((node) => subjectChoice(node, names)) },
    { name: 'Lanes', options: names.lanes.map((lane) => subjectChoice(lane, names)) },
    ...modelsByProvider(names.available).map(([name, models]) => ({
      name,
      options: models.map((model) => choice(`${model.provider}/${model.model_id}`, model.name, model)),
    })),
  ];
  const groups = all
    .map(({ name, options }) => ({
      name,
      options: options.filter((option) => {
        const text = `${option.id} ${option.name}`.toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter(({ options }) => options.length > 0);
  const typed = search.trim();
  const isKnown = typed === '' || groups.some(({ options }) => options.some(({ id }) => id === typed));
  return isKnown ? groups : [...groups, { name: 'As typed', options: [choice(typed, `Use “${typed}”`)] }];
}

function choice(id: string, name: string, model: AvailableModel | null = null): Choice {
  return { id, name, model };
}

function subjectChoice({ id, assignment }: Subject, { available }: Names): Choice {
  return { id, name: id, model: null, note: answersText(assignment, available) };
}

/** What a name means: of nodes and lanes also which model would answer now. */
export function meaningOf(target: string, { nodes, lanes, available }: Names): string {
  if (target === DEFAULT_TARGET || target === '') return 'the default lane';
  const subject = [...nodes, ...lanes].find(({ id }) => id === target || `node:${id}` === target);
  if (subject !== undefined) {
    const kind = subject.id.startsWith('lane:') ? 'lane' : 'node';
    return `${kind}, ${answersText(subject.assignment, available)}`;
  }
  const named = available.filter(
    ({ provider, model_id }) => `${provider}/${model_id}` === target || model_id === target,
  );
  if (named.length > 1) return 'a model of several providers; add the provider';
  return named.length === 1 ? 'this model only' : 'not in the list; possibly an alias';
}

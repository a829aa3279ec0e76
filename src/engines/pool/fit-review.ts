import type { ModelTable } from './model-table.ts';
import type { PoolEffect } from './pool-effect.ts';
import type { PoolSettings } from './settings.ts';
import { gigabytes, listed } from './texts.ts';

interface Sized {
  readonly target: string;
  readonly pinned: boolean;
  readonly bytes: number;
}

/** So many models are named in a warning. */
const NAMED = 4;

/** Warns of models that the memory of a pool has no room for, whatever is unloaded: once, until that changes. */
export class FitReview {
  #warned = '';

  /** The warnings that are new since the last call. */
  after(table: ModelTable, settings: PoolSettings): PoolEffect[] {
    const messages = warningsOf(table, settings);
    const text = messages.join('\n');
    if (text === this.#warned) return [];
    this.#warned = text;
    return messages.map((message) => ({ type: 'warn', message }));
  }
}

function warningsOf(table: ModelTable, settings: PoolSettings): string[] {
  const { budgetBytes, reserveBytes } = table.account(settings);
  if (budgetBytes === null) return [];
  const most = budgetBytes - (reserveBytes ?? 0);
  const models = sizedModels(table);
  const never = models.filter(({ bytes }) => bytes > most);
  const pinned = models.filter((model) => model.pinned && model.bytes <= most);
  const pinnedBytes = pinned.reduce((sum, { bytes }) => sum + bytes, 0);
  const room = `${gigabytes(budgetBytes)}, less a reserve of ${gigabytes(reserveBytes ?? 0)}`;
  return [
    ...(never.length === 0 ? [] : [`too little memory (${room}) to ever load ${namesOf(never)}`]),
    ...(pinnedBytes <= most
      ? []
      : [`too little memory (${room}) for all pinned models at a time: ${namesOf(pinned)}`]),
  ];
}

/** The models that Laneway loads, the largest first. */
function sizedModels(table: ModelTable): Sized[] {
  return [...table.records.values()]
    .filter((record) => table.engineOf(record)?.canLoad === true)
    .map((record) => ({ ...record.model, bytes: table.need(record) ?? 0 }))
    .sort((a, b) => b.bytes - a.bytes);
}

function namesOf(models: readonly Sized[]): string {
  const named = models.slice(0, NAMED).map(({ target, bytes }) => `${target} (${gigabytes(bytes)})`);
  const more = models.length - named.length;
  return listed(more === 0 ? named : [...named, `${more} more`]);
}

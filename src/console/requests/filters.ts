import { STATE } from './state-words.ts';

/** Filters of the list by exact value; an empty one accepts all. */
export type Filters = Readonly<Record<'node' | 'lane' | 'target' | 'state', string>>;

/** Filters that accept every request. */
export const NO_FILTERS: Filters = { node: '', lane: '', target: '', state: '' };

/** The part of an address that shows filters; empty ones are left out. */
export function queryOf(filters: Filters): URLSearchParams {
  return new URLSearchParams(NAMES.map((name) => [name, filters[name]]).filter(([, value]) => value !== ''));
}

/** The filters that an address shows; an unknown state counts as none. */
export function filtersOf(query: URLSearchParams): Filters {
  const [node = '', lane = '', target = '', state = ''] = NAMES.map((name) => query.get(name) ?? '');
  return { node, lane, target, state: Object.hasOwn(STATE, state) ? state : '' };
}

/** Whether two filters accept the same requests. */
export function areSame(one: Filters, other: Filters): boolean {
  return NAMES.every((name) => one[name] === other[name]);
}

const NAMES = Object.keys(NO_FILTERS) as (keyof Filters)[];

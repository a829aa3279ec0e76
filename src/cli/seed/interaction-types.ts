import type { Aim } from './choose.ts';

/** A kind of work that applications name as the node of their requests. */
export interface InteractionType {
  readonly name: string;
  readonly aim: Aim;
  /** For requests that name none, where the configuration has none either; null: it has no meaning. */
  readonly temperature: number | null;
}

/** The interaction types, with the temperatures of the configuration service that they come from. */
export const INTERACTION_TYPES: readonly InteractionType[] = [
  { name: 'reasoning', aim: 'strong', temperature: 0.7 },
  { name: 'tools', aim: 'quick', temperature: 0.1 },
  { name: 'subagents', aim: 'quick', temperature: 0.5 },
  { name: 'planning', aim: 'strong', temperature: 0.2 },
  { name: 'embeddings', aim: 'vectors', temperature: null },
];

/** The shipped lane whose models suit an aim. */
export const LANE_OF_AIM: Readonly<Record<Aim, string | null>> = {
  strong: 'orchestrator',
  quick: 'executor',
  vectors: null,
};

import fc from 'fast-check';
import { ChatDraft } from './chat-draft.ts';
import { CHAT_ODDITIES } from './chat-oddities.ts';
import { FRAMING } from './framing.ts';
import { MessagesDraft } from './messages-draft.ts';
import { MESSAGES_ODDITIES } from './messages-oddities.ts';
import type { Oddity } from './oddity.ts';
import { ResponsesDraft } from './responses-draft.ts';
import { RESPONSES_ODDITIES } from './responses-oddities.ts';
import { anyScript, fulfilled, type Script } from './script.ts';
import { cut, cutPoints } from '../wire.ts';

/** A stream as a server might send it, sliced as a network might. */
export interface OddStream {
  /** Names of the oddities in the order of application, each with its turn. */
  readonly oddities: readonly string[];
  readonly text: string;
  readonly chunks: readonly Buffer[];
  /** The upstream gave no id to two calls. */
  readonly uniqueIds: boolean;
}

/** One oddity, and where or how it shows. */
export interface Chosen<Draft> {
  readonly oddity: Oddity<Draft>;
  readonly turn: number;
}

/** The parts of a stream, kept apart so that shrinking can drop oddities. */
export interface Recipe<Draft> {
  readonly script: Script;
  readonly chosen: readonly Chosen<Draft>[];
  readonly points: readonly number[];
}

/** What every draft can do. */
export interface Writes {
  events(): string[];
}

/** One wire: how its sound streams are written, and the oddities that apply to them. */
export interface Kind<Draft> {
  readonly wire: 'openai-chat' | 'anthropic-messages' | 'openai-responses';
  readonly oddities: readonly Oddity<Draft>[];
  readonly open: (script: Script) => Draft;
}

export const CHAT: Kind<ChatDraft> = {
  wire: 'openai-chat',
  oddities: [...CHAT_ODDITIES, ...FRAMING],
  open: (script) => new ChatDraft(script),
};

export const MESSAGES: Kind<MessagesDraft> = {
  wire: 'anthropic-messages',
  oddities: [...MESSAGES_ODDITIES, ...FRAMING],
  open: (script) => new MessagesDraft(script),
};

export const RESPONSES: Kind<ResponsesDraft> = {
  wire: 'openai-responses',
  oddities: [...RESPONSES_ODDITIES, ...FRAMING],
  open: (script) => new ResponsesDraft(script),
};

const MAX_ODDITIES = 3;
const MAX_TURN = 11;

/** Recipes for one wire. An oddity never shrinks into another one, so a shrunk failure names its cause. */
export function anyRecipe<Draft>({ oddities }: Kind<Draft>): fc.Arbitrary<Recipe<Draft>> {
  const one = fc.record({
    oddity: fc.noShrink(fc.constantFrom(...oddities)),
    turn: fc.nat({ max: MAX_TURN }),
  });
  const chosen = fc.uniqueArray(one, {
    selector: ({ oddity }) => oddity.name,
    maxLength: MAX_ODDITIES,
    size: 'max',
  });
  return fc
    .record({ script: anyScript, chosen, points: cutPoints })
    .map((recipe) => ({ ...recipe, [fc.toStringMethod]: () => JSON.stringify(recipe.script) }));
}

/** Makes the stream of a recipe. */
export function made<Draft extends Writes>(
  kind: Kind<Draft>,
  { script, chosen, points }: Recipe<Draft>,
): OddStream {
  const draft = kind.open(chosen.reduce((left, { oddity }) => fulfilled(left, oddity.needs), script));
  for (const { oddity, turn } of chosen) oddity.draft?.(draft, turn);
  let events = draft.events();
  for (const { oddity, turn } of chosen)
    if (events.length > 0) events = oddity.events?.(events, turn) ?? events;
  let text = events.join('');
  for (const { oddity, turn } of chosen) text = oddity.text?.(text, turn) ?? text;
  return {
    oddities: chosen.map(({ oddity, turn }) => `${oddity.name} (${turn})`),
    text,
    chunks: cut(Buffer.from(text), points),
    uniqueIds: chosen.every(({ oddity }) => !oddity.sharedIds),
  };
}

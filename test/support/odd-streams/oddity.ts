import type { Needs } from './script.ts';

/** One way in which real servers deviate from the documented wire. */
export interface Oddity<Draft> {
  readonly name: string;
  readonly needs: Needs;
  /** Makes call ids ambiguous, so that readers may replace them. */
  readonly sharedIds: boolean;
  /** Changes the parsed events; `turn` chooses the place or the variant. */
  readonly draft?: (draft: Draft, turn: number) => void;
  /** Changes the events as text; the last of them may lose its end. */
  readonly events?: (events: readonly string[], turn: number) => string[];
  /** Changes the text of the whole stream. */
  readonly text?: (text: string, turn: number) => string;
}

/** No needs: the oddity shows in every stream. */
export const ANY: Needs = {};

/** An oddity of the parsed events. */
export function odd<Draft>(
  name: string,
  needs: Needs,
  draft: (draft: Draft, turn: number) => void,
): Oddity<Draft> {
  return { name, needs, sharedIds: false, draft };
}

/** As `odd`, for one that makes call ids ambiguous. */
export function oddIds<Draft>(
  name: string,
  needs: Needs,
  draft: (draft: Draft, turn: number) => void,
): Oddity<Draft> {
  return { name, needs, sharedIds: true, draft };
}

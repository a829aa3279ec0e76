import type { AnswersReply } from '../client/replies.ts';
import { cutEnd } from './shorten-text.ts';

/** The width of a reason in a table that has to fit a terminal, in characters. */
const REASON_WIDTH = 28;

/** The model that answers now, or `none: REASON`; the reason is cut where `width` limits the table. */
export function answersText({ target, reason }: AnswersReply, width: number | null): string {
  if (target !== null) return target;
  const text = reason === null ? 'none' : `none: ${reason}`;
  return width === null ? text : cutEnd(text, REASON_WIDTH);
}

/** Which command shows the whole reason, when a table with `answersText` has one that is `none`. */
export function explainAdvice(
  rows: readonly (readonly [string, { readonly answers: AnswersReply }])[],
): string[] {
  const without = rows.find(([, { answers }]) => answers.target === null);
  return without === undefined ? [] : ['', `why none: laneway explain ${without[0]}`];
}

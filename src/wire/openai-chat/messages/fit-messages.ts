import type { JsonObject } from '../../json/value.ts';
import type { WarningList } from '../../warning-list.ts';
import type { OpenAiQuirks } from '../dialect.ts';
import { joinMessages } from './join-messages.ts';
import { planTurns, type TurnHead, type TurnPlan } from './turn-plan.ts';

/**
 * Translated messages in the order that the server's chat templates accept (wire case 84). The same list where
 * the server has no such rule. Changes of meaning are added to `warnings`.
 */
export function fitMessages(
  messages: readonly JsonObject[],
  quirks: OpenAiQuirks,
  warnings: WarningList,
): readonly JsonObject[] {
  if (quirks.strictTurns !== true) return messages;
  const plan = planTurns(messages.map((message) => turnHead(message['role'], message['name'])));
  warnOfPlan(plan, warnings);
  return plan.turns.map((turn) => {
    const members = turn.members.map((index) => messages[index]).filter((each) => each !== undefined);
    return joinMessages(turn, members);
  });
}

/** The head of a message with these values. */
export function turnHead(role: unknown, name: unknown): TurnHead {
  return {
    role: typeof role === 'string' ? role : null,
    name: typeof name === 'string' && name !== '' ? name : null,
  };
}

/** Reports what a plan changes; joined turns mean the same as before. */
export function warnOfPlan(plan: TurnPlan, warnings: WarningList): void {
  if (plan.movesToFront) warnings.changed('messages (system turn moved to the front)');
  if (plan.sendsAsUser) warnings.changed('messages (system turn sent as user turn)');
  if (plan.namesAuthors) warnings.changed('messages.name (as text)');
  if (plan.addsUser) warnings.changed('messages (user turn added at the beginning)');
}

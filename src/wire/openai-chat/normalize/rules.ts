import { hasFinished } from '../stream/chunk.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { choiceList, deltaObject, emptyLogprobs } from './choices.ts';
import { errorKey } from './errors.ts';
import { finishFitsCalls, finishKey, finishOnce } from './finish.ts';
import { namelessChunk, replyNames, stableNames } from './ids.ts';
import { reasoningContent } from './reasoning.ts';
import { roleOnce } from './roles.ts';
import type { MendContext, MutableJson, Rule } from './rule.ts';
import type { StreamState } from './state.ts';
import { callDeltas, callEnds, wholeCalls } from './tool-calls.ts';
import { groqUsage, usageOnce, usageTotal } from './usage.ts';

/** Every mending of OpenAI's wire, in the order in which they run. */
export const RULES: readonly Rule[] = [
  errorKey,
  choiceList,
  deltaObject,
  usageTotal,
  groqUsage,
  usageOnce,
  namelessChunk,
  stableNames,
  replyNames,
  finishKey,
  finishOnce,
  emptyLogprobs,
  reasoningContent,
  callDeltas,
  callEnds,
  wholeCalls,
  finishFitsCalls,
  roleOnce,
];

const BLIND = RULES.filter((rule) => rule.blind === true).flatMap((rule) => rule.chunk ?? []);
const CHUNK = RULES.flatMap((rule) => rule.chunk ?? []);
const CHOICE = RULES.flatMap((rule) => rule.choice ?? []);
const REPLY = RULES.flatMap((rule) => rule.reply ?? []);
const MESSAGE = RULES.flatMap((rule) => rule.message ?? []);

/** Mends a chunk in place and says whether it changed; `stream` then says whether it goes out at all. */
export function mendChunk(chunk: MutableJson, stream: StreamState): boolean {
  let changed = false;
  for (const rule of CHUNK) if (rule(chunk, stream)) changed = true;
  if (stream.dropped) return false;
  for (const choice of chunk['choices'] as readonly MutableJson[]) {
    const state = stream.choice(choice['index'] as number);
    const delta = choice['delta'] as MutableJson;
    for (const rule of CHOICE) if (rule(choice, delta, state, stream)) changed = true;
    if (choice['finish_reason'] !== null) state.finished = true;
  }
  return changed;
}

/** As `mendChunk`, for the few chunks of a trusted stream that are read: by the rules that need no others. */
export function mendTrusted(chunk: MutableJson, stream: StreamState): boolean {
  let changed = false;
  for (const rule of BLIND) if (rule(chunk, stream)) changed = true;
  if (stream.id === null && filledString(chunk['id']) !== null) stream.name(chunk);
  for (const choice of chunk['choices'] as readonly MutableJson[]) {
    const state = stream.choice(choice['index'] as number);
    if (hasFinished(choice)) state.finished = true;
  }
  return changed;
}

/** Mends a whole reply in place and says whether it changed. */
export function mendReply(reply: MutableJson, context: MendContext): boolean {
  let changed = false;
  for (const rule of REPLY) if (rule(reply, context)) changed = true;
  for (const choice of reply['choices'] as readonly MutableJson[]) {
    for (const rule of MESSAGE) {
      const { message } = choice;
      if (isJsonObject(message) && rule(choice, message, context)) changed = true;
    }
  }
  return changed;
}

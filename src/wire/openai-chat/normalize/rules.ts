import { hasFinished } from '../stream/chunk.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { choiceError, choiceList, deltaObject, emptyLogprobs, errorKey } from './shape.ts';
import { contentText, reasoningContent } from './content.ts';
import { legacyCall } from './function-call.ts';
import { finishFitsCalls, finishKey, finishOnce } from './finish.ts';
import { namelessChunk, replyNames, stableNames } from './names.ts';
import { roleOnce } from './roles.ts';
import type { MutableJson, NormalizeContext } from './context.ts';
import type { Rule } from './rule.ts';
import type { StreamState } from './state.ts';
import { callDeltas, callEnds } from './tool-calls.ts';
import { usageElsewhere, usageOnce, usageTotal } from './usage.ts';
import { absentLists, unaryCalls } from './unary-calls.ts';

/** All rules of OpenAI's wire, in the order in which they run. */
export const RULES: readonly Rule[] = [
  errorKey,
  choiceList,
  choiceError,
  deltaObject,
  usageTotal,
  usageElsewhere,
  finishKey,
  finishOnce,
  emptyLogprobs,
  contentText,
  reasoningContent,
  legacyCall,
  callDeltas,
  callEnds,
  unaryCalls,
  absentLists,
  finishFitsCalls,
  roleOnce,
  usageOnce,
  namelessChunk,
  stableNames,
  replyNames,
];

const GRAMMAR = RULES.filter((rule) => rule.presentation !== true);
const PRESENTATION = RULES.filter((rule) => rule.presentation === true);
const CHUNK = GRAMMAR.flatMap((rule) => rule.chunk ?? []);
const CHOICE = GRAMMAR.flatMap((rule) => rule.choice ?? []);
const REPLY = GRAMMAR.flatMap((rule) => rule.reply ?? []);
const MESSAGE = GRAMMAR.flatMap((rule) => rule.message ?? []);
const STANDALONE = RULES.filter((rule) => rule.standalone === true).flatMap((rule) => rule.chunk ?? []);
const PRESENT_CHUNK = PRESENTATION.flatMap((rule) => rule.chunk ?? []);
const PRESENT_REPLY = PRESENTATION.flatMap((rule) => rule.reply ?? []);

/**
 * Converts a chunk to canonical form, in place, for guard, decoder and assembler. Returns whether it changed. Throws a
 * `WireFault` `malformed` for a chunk without a canonical form.
 */
export function normalizeChunk(chunk: MutableJson, stream: StreamState): boolean {
  let changed = false;
  for (const rule of CHUNK) if (rule(chunk, stream)) changed = true;
  for (const choice of chunk['choices'] as readonly MutableJson[]) {
    const state = stream.choice(choice['index'] as number);
    const delta = choice['delta'] as MutableJson;
    for (const rule of CHOICE) if (rule(choice, delta, state, stream)) changed = true;
    if (choice['finish_reason'] !== null) state.finished = true;
  }
  return changed;
}

/** Adapts a canonical chunk to this client; `stream` then reports whether it goes out. Returns whether it changed. */
export function presentChunk(chunk: MutableJson, stream: StreamState): boolean {
  let changed = false;
  for (const rule of PRESENT_CHUNK) if (rule(chunk, stream)) changed = true;
  return changed;
}

/** Normalizes and adapts the few chunks of a trusted stream that are read, by the rules that need no other chunks. */
export function presentTrusted(chunk: MutableJson, stream: StreamState): boolean {
  let changed = false;
  for (const rule of STANDALONE) if (rule(chunk, stream)) changed = true;
  if (stream.id === null && filledString(chunk['id']) !== null) stream.name(chunk);
  for (const choice of chunk['choices'] as readonly MutableJson[]) {
    const state = stream.choice(choice['index'] as number);
    if (hasFinished(choice)) state.finished = true;
  }
  return changed;
}

/** As `normalizeChunk`, for a unary reply. */
export function normalizeReply(reply: MutableJson, context: NormalizeContext): boolean {
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

/** As `presentChunk`, for a unary reply. */
export function presentReply(reply: MutableJson, context: NormalizeContext): boolean {
  let changed = false;
  for (const rule of PRESENT_REPLY) if (rule(reply, context)) changed = true;
  return changed;
}

import { WireFault } from '../../fault.ts';
import { isJsonObject } from '../../json/value.ts';
import { requireNoError } from '../../stream/stream-fault.ts';
import { requireNotAborted } from './finish.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';

/**
 * Removes an `error` key that reports no error, usually null: the AI SDK drops the text next to it and reports an
 * error. Chunks that report one never reach the rules.
 */
export const errorKey: Rule = {
  name: 'no error key without an error',
  cases: [13],
  standalone: true,
  chunk: removeError,
  reply: removeError,
};

function removeError(value: MutableJson): boolean {
  if (value['error'] === undefined) return false;
  value['error'] = undefined;
  return true;
}

/**
 * `choices` is a list of objects: openai-node and the AI SDK throw if it is null or absent. A choice without an index
 * gets its position.
 */
export const choiceList: Rule = {
  name: 'choices is a list',
  cases: [33],
  standalone: true,
  chunk: (chunk) => {
    const { choices } = chunk;
    if (!Array.isArray(choices)) {
      chunk['choices'] = [];
      return true;
    }
    if (choices.every(isValidChoice)) return false;
    chunk['choices'] = choices.filter(isJsonObject).map(withIndex);
    return true;
  },
  reply: (reply) => {
    const { choices } = reply;
    if (!Array.isArray(choices) || choices.every(isValidChoice)) return false;
    reply['choices'] = choices.filter(isJsonObject).map(withIndex);
    return true;
  },
};

/**
 * A choice that contains an error is a failure, whatever it contains besides: OpenRouter reports a broken provider in
 * `choices[0].error` (openrouter.ai/docs, "Errors and Debugging"; genkit-ai/genkit#6259, UKGovernmentBEIS/inspect_ai#1536).
 * Throws a `WireFault`: `error_event`, and `cut` for a finish reason that reports a failure. Must run before every rule
 * that takes the choice for an answer.
 */
export const choiceError: Rule = {
  name: 'no error inside a choice',
  cases: [241],
  standalone: true,
  chunk: requireNoErrors,
  reply: requireNoErrors,
};

function requireNoErrors({ choices }: MutableJson): boolean {
  if (!Array.isArray(choices)) return false;
  for (const choice of choices as readonly MutableJson[]) {
    requireNoError(choice);
    requireNotAborted(choice['finish_reason']);
  }
  return false;
}

/**
 * `delta` is an object, even in a chunk that only finishes; some servers write a complete `message` instead, or the
 * `text` of a completion. A message next to it is a copy, which openai-node would take for the text so far. Likewise, a
 * unary reply has a `message`; without one it throws a `WireFault` `malformed`. Must run before every rule that reads
 * them.
 */
export const deltaObject: Rule = {
  name: 'delta is an object',
  cases: [34],
  chunk: (chunk, stream) => {
    let changed = false;
    for (const choice of chunk['choices'] as readonly MutableJson[]) {
      const { delta, message } = choice;
      if (isJsonObject(delta) && message === undefined) continue;
      if (!isJsonObject(delta))
        choice['delta'] = isJsonObject(message) ? message : (textMessage(choice) ?? {});
      choice['message'] = undefined;
      stream.movedText = true;
      changed = true;
    }
    return changed;
  },
  reply: (reply) => {
    let changed = false;
    for (const choice of reply['choices'] as readonly MutableJson[]) {
      const { message, delta } = choice;
      if (isJsonObject(message)) continue;
      const found = isJsonObject(delta) ? delta : textMessage(choice);
      if (found === null) throw new WireFault('malformed', 'the reply has no message');
      choice['message'] = found;
      choice['delta'] = undefined;
      changed = true;
    }
    return changed;
  },
};

/** Takes the text of a completion as a message; null without text. */
function textMessage(choice: MutableJson): MutableJson | null {
  const { text } = choice;
  if (typeof text !== 'string') return null;
  choice['text'] = undefined;
  return { content: text };
}

/** Log probabilities are lists in an object, or null; an empty object lacks the keys that clients read. */
export const emptyLogprobs: Rule = {
  name: 'no empty log probabilities',
  cases: [37],
  choice: nullLogprobs,
  message: nullLogprobs,
};

function nullLogprobs(choice: MutableJson): boolean {
  const { logprobs } = choice;
  if (!isJsonObject(logprobs) || Object.keys(logprobs).length > 0) return false;
  choice['logprobs'] = null;
  return true;
}

/** The maximum `n` of OpenAI's API. An index from the upstream must not determine the size of an array. */
const MAX_CHOICES = 128;

function isValidChoice(choice: unknown): boolean {
  if (!isJsonObject(choice)) return false;
  const { index } = choice;
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < MAX_CHOICES;
}

function withIndex(choice: object, position: number): object {
  return isValidChoice(choice) ? choice : { ...choice, index: position };
}

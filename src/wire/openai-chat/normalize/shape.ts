import { WireFault } from '../../fault.ts';
import { isJsonObject } from '../../json/value.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';

/**
 * Takes out an `error` key that tells no error, mostly null: the AI SDK drops the text beside it and reports an error.
 * What does tell one never gets here (`saysError`).
 */
export const errorKey: Rule = {
  name: 'no error key without an error',
  cases: [13],
  blind: true,
  chunk: removeError,
  reply: removeError,
};

function removeError(value: MutableJson): boolean {
  if (value['error'] === undefined) return false;
  value['error'] = undefined;
  return true;
}

/**
 * `choices` is a list of objects: openai-node and the AI SDK throw on null or nothing. A choice without a number has
 * that of its place.
 */
export const choiceList: Rule = {
  name: 'choices is a list',
  cases: [33],
  blind: true,
  chunk: (chunk) => {
    const { choices } = chunk;
    if (!Array.isArray(choices)) {
      chunk['choices'] = [];
      return true;
    }
    if (choices.every(isSoundChoice)) return false;
    chunk['choices'] = choices.filter(isJsonObject).map(numbered);
    return true;
  },
  reply: (reply) => {
    const { choices } = reply;
    if (!Array.isArray(choices) || choices.every(isSoundChoice)) return false;
    reply['choices'] = choices.filter(isJsonObject).map(numbered);
    return true;
  },
};

/**
 * `delta` is an object, also in a chunk that only finishes; some servers write a whole `message` in its place, or the
 * `text` of a completion. A message beside it is a copy, which openai-node would take for the text so far. In the same way
 * a whole reply has a `message`, and throws a `WireFault` `malformed` without. To run before every rule that reads them.
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
      if (found === null) throw new WireFault('malformed', 'the reply holds no message');
      choice['message'] = found;
      choice['delta'] = undefined;
      changed = true;
    }
    return changed;
  },
};

/** Takes the text of a completion as a message; null where there is none. */
function textMessage(choice: MutableJson): MutableJson | null {
  const { text } = choice;
  if (typeof text !== 'string') return null;
  choice['text'] = undefined;
  return { content: text };
}

/** Log probabilities are a list or null; an empty object says nothing and has not the keys that clients read. */
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

/** 128 is the most that OpenAI's own client takes, and a number from outside must not size a list of ours. */
const MAX_CHOICES = 128;

function isSoundChoice(choice: unknown): boolean {
  if (!isJsonObject(choice)) return false;
  const { index } = choice;
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < MAX_CHOICES;
}

function numbered(choice: object, place: number): object {
  return isSoundChoice(choice) ? choice : { ...choice, index: place };
}

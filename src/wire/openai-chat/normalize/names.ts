import { filledString, isJsonObject } from '../../json/value.ts';
import { newId } from '../ids.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';
import type { StreamState } from './state.ts';

const CHUNK = 'chat.completion.chunk';

/**
 * Azure's first chunk has no id, no model and no choices, but the filter's findings on the prompt: it waits for the next
 * one and goes out under that one's id.
 */
export const namelessChunk: Rule = {
  name: 'a chunk before the first id waits for it',
  cases: [29],
  presentation: true,
  chunk: (chunk, stream) => {
    if (stream.id !== null) return false;
    const { id, choices, usage } = chunk;
    const isEmpty = filledString(id) === null && Array.isArray(choices) && choices.length === 0;
    if (isEmpty && stream.nameless === null && !isJsonObject(usage)) {
      stream.nameless = chunk;
      stream.dropped = true;
    } else {
      stream.name(chunk);
      if (stream.nameless !== null) {
        setNames(stream.nameless, stream);
        stream.before = stream.nameless;
      }
    }
    return false;
  },
};

/**
 * One `id`, `created`, `model` and `object` for all chunks: the first that the upstream gave, or ours where it gave none
 * or where its ids repeat (Ollama counts to 998). llama-server's `created` moves on with every second.
 */
export const stableNames: Rule = {
  name: 'one id, time and model for the whole stream',
  cases: [28, 29],
  presentation: true,
  chunk: (chunk, stream) => {
    if (stream.dropped) return false;
    if (
      chunk['id'] === stream.id &&
      chunk['created'] === stream.created &&
      chunk['model'] === stream.model &&
      chunk['object'] === CHUNK
    ) {
      return false;
    }
    setNames(chunk, stream);
    return true;
  },
};

/** A whole reply has an id, a time, a model and a kind. */
export const replyNames: Rule = {
  name: 'a whole reply has its names',
  cases: [28],
  presentation: true,
  reply: (reply, context) => {
    let changed = false;
    const put = (key: string, value: unknown): void => {
      reply[key] = value;
      changed = true;
    };
    if (context.ownIds || filledString(reply['id']) === null) put('id', newId('chatcmpl-', context.random));
    if (filledString(reply['model']) === null) put('model', context.model);
    if (reply['object'] !== 'chat.completion') put('object', 'chat.completion');
    const { created } = reply;
    if (typeof created !== 'number' || created <= 0) put('created', Math.floor(context.wall() / 1000));
    return changed;
  },
};

/** The names that a chunk of this stream must bear. */
export function setNames(chunk: MutableJson, stream: StreamState): void {
  chunk['id'] = stream.id;
  chunk['object'] = CHUNK;
  chunk['created'] = stream.created;
  chunk['model'] = stream.model;
}

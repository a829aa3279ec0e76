import { filledString, isJsonObject } from '../../json/value.ts';
import { newId } from '../../chat/ids.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';
import type { StreamState } from './state.ts';

const CHUNK = 'chat.completion.chunk';

/**
 * Azure's first chunk has no id, no model and no choices, only content filter results for the prompt: it is held and
 * goes out with the id of the next chunk.
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
 * The same `id`, `created`, `model` and `object` in all chunks: the first values from the upstream, or generated ones
 * if it sent none or its ids repeat (Ollama counts to 998). llama-server's `created` advances every second.
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

/** A unary reply has an id, a time, a model and an object type. */
export const replyNames: Rule = {
  name: 'a unary reply has id, time and model',
  cases: [28],
  presentation: true,
  reply: (reply, context) => {
    let changed = false;
    const put = (key: string, value: unknown): void => {
      reply[key] = value;
      changed = true;
    };
    if (context.generateIds || filledString(reply['id']) === null)
      put('id', newId('chatcmpl-', context.random));
    if (filledString(reply['model']) === null) put('model', context.model);
    if (reply['object'] !== 'chat.completion') put('object', 'chat.completion');
    const { created } = reply;
    if (typeof created !== 'number' || created <= 0) put('created', Math.floor(context.wall() / 1000));
    return changed;
  },
};

/** Sets the id, type, time and model of this stream on a chunk. */
export function setNames(chunk: MutableJson, stream: StreamState): void {
  chunk['id'] = stream.id;
  chunk['object'] = CHUNK;
  chunk['created'] = stream.created;
  chunk['model'] = stream.model;
}

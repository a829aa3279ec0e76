import type { Surface } from '../surface.ts';

const NOTHING = Buffer.alloc(0);

/**
 * A line without content in the shape of both chat calls: clients append it as an empty text. Its time is a constant
 * that parses, since Go clients reject an empty one.
 */
const HEARTBEAT = Buffer.from(
  '{"model":"","created_at":"1970-01-01T00:00:00Z","message":{"role":"assistant","content":""},"response":"","done":false}\n',
);

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string', description: 'What is wrong, and how to fix it.' } },
};

/** The surface for Ollama's clients, which show `error` as it is. */
export const ollamaSurface: Surface = {
  forwardedHeaders: [],
  clientHeader: null,
  requestIdHeader: null,
  passesError: () => false,
  errorSchema: { name: 'OllamaError', schema: ERROR_SCHEMA },
  errorBody: ({ message }) => Buffer.from(JSON.stringify({ error: message })),
  // `ollama` for JavaScript and Python throws when a line has this key (wire case 150).
  errorEvent: ({ message }) => Buffer.from(`${JSON.stringify({ error: message })}\n`),
  heartbeat: () => HEARTBEAT,
  // A line of JSON cannot hold a comment.
  targetComment: () => NOTHING,
};

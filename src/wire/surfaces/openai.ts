import { asciiHeader } from '../../util/ascii.ts';
import type { Surface } from '../surface.ts';

const HEARTBEAT = Buffer.from(': ping\n\n');

/** What OpenAI's clients expect; Laneway's own API answers errors in the same envelope. */
export const openAiSurface: Surface = {
  forwardedHeaders: ['openai-beta'],
  requestIdHeader: null,
  passesError: () => false,
  errorBody: (error) => Buffer.from(JSON.stringify({ error: error.body })),
  // The one shape that every client understands: no `event:` name, and no `[DONE]` after it (wire case 12).
  errorEvent: (error) => Buffer.from(`data: ${JSON.stringify({ error: error.body })}\n\n`),
  // A comment (wire case 2).
  heartbeat: () => HEARTBEAT,
  targetComment: (target) => Buffer.from(`: laneway-target ${asciiHeader(target)}\n\n`),
};

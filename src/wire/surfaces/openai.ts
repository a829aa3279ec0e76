import { asciiHeader } from '../../util/ascii.ts';
import type { Surface } from '../surface.ts';
import { commentLine } from './comment.ts';

const HEARTBEAT = Buffer.from(': ping\n\n');

/** The surface for OpenAI's clients. Laneway's own API uses the same error envelope. */
export const openAiSurface: Surface = {
  forwardedHeaders: ['openai-beta'],
  clientHeader: null,
  requestIdHeader: null,
  passesError: () => false,
  errorSchema: null,
  errorBody: (error) => Buffer.from(JSON.stringify({ error: error.body })),
  // The one form that every client understands: no `event:` field, and no `[DONE]` afterwards (wire case 12).
  errorEvent: (error) => Buffer.from(`data: ${JSON.stringify({ error: error.body })}\n\n`),
  // An SSE comment (wire case 2).
  heartbeat: (waitsFor) => (waitsFor === null ? HEARTBEAT : Buffer.from(`${commentLine(waitsFor)}\n`)),
  targetComment: (target) => Buffer.from(`: laneway-target ${asciiHeader(target)}\n\n`),
};

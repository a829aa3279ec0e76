import type { Kind } from '../../protocol/capabilities.ts';
import type { WireFormat } from '../../protocol/wire.ts';

/** Few enough to cost nothing; the fewest that OpenAI's Responses API accepts. */
const MAX_TOKENS = 16;

/** The short request of a preflight by the kind of the node. */
export const PREFLIGHT_REQUESTS: Readonly<
  Record<Kind, { readonly wire: WireFormat; readonly body: Readonly<Record<string, unknown>> }>
> = {
  chat: {
    wire: 'openai-chat',
    // Streamed, so that the first token can be measured.
    body: { messages: [{ role: 'user', content: 'Hi' }], max_tokens: MAX_TOKENS, stream: true },
  },
  embeddings: { wire: 'openai-embeddings', body: { input: 'Hi' } },
  rerank: { wire: 'rerank', body: { query: 'Hi', documents: ['Hi'] } },
};

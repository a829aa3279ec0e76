import { openAiChatDialect, type OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import type { Endpoint } from '../../wire/wires.ts';

/** Chat completions; `path` stands below the base URL. */
export function chatEndpoint(facts: OpenAiChatFacts = {}, path = '/chat/completions'): Endpoint {
  return { format: 'openai-chat', path, dialect: openAiChatDialect(facts) };
}

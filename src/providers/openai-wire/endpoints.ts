import { openAiChatDialect, type OpenAiChatFacts } from '../../wire/openai-chat/dialect.ts';
import type { DirectFormat } from '../../protocol/wire.ts';
import type { CompletionsDialect } from '../../wire/openai-completions/dialect.ts';
import { responsesDialect, type ResponsesFacts } from '../../wire/openai-responses/dialect.ts';
import { DIRECT_PATHS } from '../../wire/openai-direct/paths.ts';
import type { Endpoint } from '../../wire/wires.ts';

/** Chat completions; `path` is relative to the base URL. */
export function chatEndpoint(facts: OpenAiChatFacts = {}, path = '/chat/completions'): Endpoint {
  return { format: 'openai-chat', path, dialect: openAiChatDialect(facts) };
}

/** The Responses API; `models`: the ids of models that speak no other wire. */
export function responsesEndpoint(facts: ResponsesFacts, models?: RegExp, path = '/responses'): Endpoint {
  const only = models === undefined ? null : { models };
  return { format: 'openai-responses', path, dialect: responsesDialect(facts), ...only };
}

/** Text completions; facts that are not given are as for OpenAI. */
export function completionsEndpoint(
  facts: Partial<CompletionsDialect> = {},
  path = '/completions',
): Endpoint {
  const dialect = { unaryAsStream: false, single: false, stopSequences: 4, ...facts };
  return { format: 'openai-completions', path, dialect };
}

/** The endpoint for embeddings. */
export function embeddingsEndpoint(path = '/embeddings'): Endpoint {
  return { format: 'openai-embeddings', path, dialect: {} };
}

/** The endpoint for reranking. */
export function rerankEndpoint(path = '/rerank'): Endpoint {
  return { format: 'rerank', path, dialect: {} };
}

const DIRECT_FORMATS = Object.keys(DIRECT_PATHS) as readonly DirectFormat[];

/** Direct calls whose wires begin so: `openai-audio`; all of them by default. `prefix`: before their paths. */
export function directEndpoints(beginning = 'openai-', prefix = ''): readonly Endpoint[] {
  return DIRECT_FORMATS.filter((format) => format.startsWith(beginning)).map((format) => ({
    format,
    path: prefix + DIRECT_PATHS[format],
    dialect: {},
  }));
}

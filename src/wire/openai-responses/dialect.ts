import type { ExtraField } from '../../protocol/chat.ts';
import type { ServerFacts, ServerTraits } from '../chat/server-facts.ts';

/** How servers of OpenAI's Responses API differ. */
export interface ResponsesDialect extends ServerFacts {
  /** Unary requests are sent as streaming ones, and the stream is assembled here. */
  readonly unaryAsStream: boolean;
  /** The smallest output limit that it accepts, in tokens: lower ones are raised. */
  readonly minOutputTokens: number;
  /** It returns encrypted reasoning to models that accept an effort, if it is asked to. */
  readonly encryptsReasoning: boolean;
  readonly traits: ServerTraits;
  /** The extra fields that it accepts. */
  readonly extras: readonly ExtraField[];
}

/** Defaults for servers about which nothing else is known. */
const COMMON_DIALECT: ResponsesDialect = {
  unaryAsStream: false,
  refuses: [],
  withoutSampling: null,
  outputLimits: [],
  schemas: null,
  callIds: null,
  minOutputTokens: 1,
  encryptsReasoning: false,
  traits: {
    efforts: ['low', 'medium', 'high'],
    effortModels: null,
    developerModels: null,
    serviceTiers: [],
    flagsStrictFormat: false,
    checksStrictTools: false,
    cacheModels: null,
    toolNameLength: 64,
  },
  extras: ['verbosity', 'metadata', 'prompt_cache_key'],
};

/** What the settings of a server type may specify; the rest is as for a server about which nothing is known. */
export type ResponsesFacts = Partial<Omit<ResponsesDialect, 'traits'>> & {
  readonly traits?: Partial<ServerTraits>;
};

/** The dialect of a server. */
export function responsesDialect({ traits, ...facts }: ResponsesFacts = {}): ResponsesDialect {
  return { ...COMMON_DIALECT, ...facts, traits: { ...COMMON_DIALECT.traits, ...traits } };
}

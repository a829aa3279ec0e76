import type { ExtraField } from '../../protocol/chat.ts';
import type { OpenAiChatDialect, OpenAiTraits } from '../openai-chat/dialect.ts';

/** Facts about a server's models that hold for its chat wire, too, under the same names. */
type SharedFacts = Pick<
  OpenAiChatDialect,
  'refuses' | 'withoutSampling' | 'outputLimits' | 'schemas' | 'callIds'
>;
type SharedTraits = Pick<
  OpenAiTraits,
  | 'efforts'
  | 'effortModels'
  | 'developerModels'
  | 'serviceTiers'
  | 'flagsStrictFormat'
  | 'checksStrictTools'
  | 'cacheModels'
  | 'toolNameLength'
>;

/** How servers of OpenAI's Responses API differ. */
export interface ResponsesDialect extends SharedFacts {
  /** Unary requests are sent as streaming ones, and the stream is assembled here. */
  readonly unaryAsStream: boolean;
  /** The smallest output limit that it accepts, in tokens: lower ones are raised. */
  readonly minOutputTokens: number;
  /** It returns encrypted reasoning to models that accept an effort, if it is asked to. */
  readonly encryptsReasoning: boolean;
  readonly traits: SharedTraits;
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
  readonly traits?: Partial<SharedTraits>;
};

/** The dialect of a server. */
export function responsesDialect({ traits, ...facts }: ResponsesFacts = {}): ResponsesDialect {
  return { ...COMMON_DIALECT, ...facts, traits: { ...COMMON_DIALECT.traits, ...traits } };
}

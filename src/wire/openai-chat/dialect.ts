import type { ReasoningEffort } from '../../protocol/chat.ts';

/** How servers of OpenAI's chat wire differ from each other: facts of a type of server, as data. */
export interface OpenAiChatDialect {
  /** `stream_options.include_usage` gives a last chunk with the usage. */
  readonly streamUsage: boolean;
  /**
   * A unary request is asked for as a stream and put together here: where only streams are cancelled promptly when
   * their client leaves, and only they show a stall.
   */
  readonly unaryAsStream: boolean;
  /** Top-level request fields that it refuses: left out, with a warning. */
  readonly refuses: readonly string[];
  /** Top-level request fields under another name there: `{ max_completion_tokens: 'max_tokens' }`. */
  readonly renames: Readonly<Record<string, string>>;
  /** Model ids that take no `temperature`, `top_p` or `top_k`; null when all take them. */
  readonly withoutSampling: RegExp | null;
  readonly traits: OpenAiTraits;
  readonly quirks: OpenAiQuirks;
}

/**
 * How a server differs from OpenAI itself for a client of the same wire: the request goes through with these edits, the
 * reply through the guard. What is absent is as OpenAI has it.
 */
export interface OpenAiQuirks {
  /** The ids of its replies repeat, so that each gets one of ours (wire case 28). */
  readonly idsRepeat?: true;
  /** It gives one choice, whatever `n` says: more are refused here, or another target gives them (wire case 162). */
  readonly oneChoice?: true;
  /** Its chat templates do not know the role `developer`: such messages go out as `system` (wire case 83). */
  readonly noDeveloperRole?: true;
  /** Keys of messages that it refuses: left out, with a warning (wire case 146). */
  readonly refusedMessageKeys?: readonly string[];
  /** Top-level fields of which it takes only these values; another is left out, with a warning (wire case 97). */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Fields of which it takes one: the first that was sent stays (wire case 165). */
  readonly exclusive?: readonly (readonly string[])[];
}

/**
 * What a server makes of a request that was translated from another wire. A client's own OpenAI body goes through
 * unchanged and needs none of it.
 */
export interface OpenAiTraits {
  /**
   * The values of `reasoning_effort` that it takes, weakest first; the asked one becomes the nearest of them. Only
   * `none`: thinking can be switched off and is otherwise the model's own matter. Empty: it takes no effort.
   */
  readonly efforts: readonly ReasoningEffort[];
  /** Model ids that take an effort at all; null: all of them. */
  readonly effortModels: RegExp | null;
  /** Model ids to which system turns are written as `developer`; null: none (wire case 83). */
  readonly developerModels: RegExp | null;
  /** The key under which it reads back an assistant turn's thinking; null: not at all (wire case 146). */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | null;
  /** Takes `top_k`. */
  readonly topK: boolean;
  /** The values of `service_tier` that it takes (wire case 97). */
  readonly serviceTiers: readonly ('auto' | 'default')[];
  /** Takes a `tool_choice` that names a tool; where not, `required` goes out with that one tool. */
  readonly namedToolChoice: boolean;
  /** Fetches pictures from web addresses (wire case 89). */
  readonly imageUrls: boolean;
  /** Model ids that take `prompt_cache_breakpoint`; null: none. */
  readonly cacheModels: RegExp | null;
  /** Longest name of a tool, in characters of `A-Za-z0-9_-`; null: any name will do (wire case 72). */
  readonly toolNameLength: number | null;
}

/** What holds where a type says nothing: the common ground of servers that are not known better. */
export const COMMON_DIALECT: OpenAiChatDialect = {
  streamUsage: true,
  unaryAsStream: false,
  refuses: [],
  renames: {},
  withoutSampling: null,
  traits: {
    efforts: ['none', 'low', 'medium', 'high'],
    effortModels: null,
    developerModels: null,
    reasoningField: null,
    topK: false,
    serviceTiers: [],
    namedToolChoice: true,
    imageUrls: true,
    cacheModels: null,
    toolNameLength: 64,
  },
  quirks: {},
};

/** What a type may say of its server; the rest is the common ground. */
export type OpenAiChatFacts = Partial<Omit<OpenAiChatDialect, 'traits'>> & {
  readonly traits?: Partial<OpenAiTraits>;
};

/** The dialect of a server, filled up from the common ground. */
export function openAiChatDialect({ traits, ...facts }: OpenAiChatFacts = {}): OpenAiChatDialect {
  return { ...COMMON_DIALECT, ...facts, traits: { ...COMMON_DIALECT.traits, ...traits } };
}

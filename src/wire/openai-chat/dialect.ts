import type { ExtraField, ReasoningEffort } from '../../protocol/chat.ts';
import type { ReasoningKey, ThinkingKey } from './reasoning-keys.ts';
import type { VendorKey } from './vendor-keys.ts';
import type { CallIdRules } from '../chat/call-ids.ts';
import type { ToolChoiceSupport } from './tool-choice.ts';
import type { SchemaRules } from '../chat/tool-schema.ts';

/** How servers of OpenAI's chat wire differ: facts about a type of server, as data. */
export interface OpenAiChatDialect {
  /** `stream_options.include_usage` yields a final chunk with the usage. */
  readonly streamUsage: boolean;
  /**
   * Unary requests are sent as streams and assembled here: for servers that only cancel streams promptly when the
   * client leaves, and only show a stall in streams.
   */
  readonly unaryAsStream: boolean;
  /** Top-level request fields that the server refuses: dropped with a warning. */
  readonly refuses: readonly string[];
  /** Top-level request fields with another name there: `{ max_completion_tokens: 'max_tokens' }`. */
  readonly renames: Readonly<Record<string, string>>;
  /** Model ids that accept no `temperature`, `top_p` or `top_k`; null when all accept them. */
  readonly withoutSampling: RegExp | null;
  /** Model ids that accept no `stop`; null when all accept it (wire case 212). */
  readonly withoutStop: RegExp | null;
  /** How many stop sequences a request may have; null: any number (wire case 212). */
  readonly stopSequences: number | null;
  /** The largest reply in tokens of models whose list does not report it: the first pattern that matches the id. */
  readonly outputLimits: readonly (readonly [RegExp, number])[];
  /** What it requires of tools' schemas (wire case 73); null: schemas pass unchanged. */
  readonly schemas: SchemaRules | null;
  /** What it requires of call ids (wire case 77); null: ids pass unchanged, since some servers keep data in them. */
  readonly callIds: CallIdRules | null;
  readonly traits: OpenAiTraits;
  readonly quirks: OpenAiQuirks;
}

/**
 * How a server differs from OpenAI for a client of the same wire: edits to the request, and normalization of the reply
 * by the guard. An absent quirk means OpenAI's behaviour.
 */
export interface OpenAiQuirks {
  /** Its reply ids repeat, so each reply gets a generated id (wire case 28). */
  readonly idsRepeat?: true;
  /** It returns one choice whatever `n` is: a higher `n` is rejected, or served by another target (wire case 162). */
  readonly oneChoice?: true;
  /** Its chat templates do not know the role `developer`: such messages are sent as `system` (wire case 83). */
  readonly noDeveloperRole?: true;
  /**
   * Its chat templates accept system text only at the beginning, and roles that alternate (wire case 84): Qwen's
   * "System message must be at the beginning", Mistral's "conversation roles must alternate".
   */
  readonly strictTurns?: true;
  /** Keys of messages and calls that it refuses: dropped with a warning (wire cases 146, 204). */
  readonly refusedMessageKeys?: readonly (ThinkingKey | VendorKey)[];
  /** Top-level fields with the only values that it accepts; other values are dropped with a warning (wire case 97). */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** It ignores `strict` of a tool: a warning (wire case 245). */
  readonly looseTools?: true;
  /** Groups of mutually exclusive fields: the first one sent is kept (wire case 165). */
  readonly exclusive?: readonly (readonly string[])[];
}

/**
 * How a request that was translated from another wire is written for the server. A client's own OpenAI body passes
 * through and does not need it.
 */
export interface OpenAiTraits {
  /**
   * The supported values of `reasoning_effort`, weakest first; a request gets the nearest of them. Only `none`:
   * thinking can be switched off but not graded. Empty: no effort is supported.
   */
  readonly efforts: readonly ReasoningEffort[];
  /** Ids of the models that accept an effort, besides those that are known to reason; null: all. */
  readonly effortModels: RegExp | null;
  /** Ids of the models whose system turns are written as `developer`; null: none (wire case 83). */
  readonly developerModels: RegExp | null;
  /**
   * The key that carries an assistant turn's thinking in requests, `both` where versions of the server differ; null: not
   * supported (wire case 146). The thinking of a client that passes through is copied to it, if it sent another key.
   */
  readonly reasoningField: ReasoningKey | 'both' | null;
  /** Ids of the models that read `reasoningField`; null: all. */
  readonly reasoningModels: RegExp | null;
  /** Ids of the models that reject a conversation with calls if a turn lacks `reasoningField`; null: none. */
  readonly reasoningRequired: RegExp | null;
  /** The models that reject a turn of calls without the vendor's state; null: none. */
  readonly unsignedCalls: UnsignedCalls | null;
  /** Accepts `top_k`. */
  readonly topK: boolean;
  /** The extra fields that it accepts; `renames` applies to them too. */
  readonly extras: readonly ExtraField[];
  /** The supported values of `service_tier` (wire case 97). */
  readonly serviceTiers: readonly ('auto' | 'default')[];
  /** What it does with `tool_choice`, of translated requests and of a client's own (wire case 246). */
  readonly toolChoice: ToolChoiceSupport;
  /**
   * What it does with a final assistant turn: `continued`, or the fields that make it do so, or `new turn` (wire case
   * 243).
   */
  readonly prefill: 'continued' | 'new turn' | Readonly<Record<string, unknown>>;
  /** It enforces a JSON schema of the answer only with `strict: true` (wire case 245). */
  readonly flagsStrictFormat: boolean;
  /** It refuses a strict tool with an open object or an optional property (wire case 245). */
  readonly checksStrictTools: boolean;
  /** Fetches images from URLs (wire case 89). */
  readonly imageUrls: boolean;
  /** It tells the text parts of a user turn apart: they are not joined to one string (wire case 87). */
  readonly textParts?: true;
  /** Ids of the models that accept `prompt_cache_breakpoint`; null: none. */
  readonly cacheModels: RegExp | null;
  /** Maximum length of a tool name, in characters of `A-Za-z0-9_-`; null: no restriction (wire case 72). */
  readonly toolNameLength: number | null;
}

/** Models that reject their calls without the state (`extra_content`) that they attached to them. */
export interface UnsignedCalls {
  /** Their ids. */
  readonly models: RegExp;
  /** What they accept in place of the state of a call that they did not make, or whose state is lost. */
  readonly extraContent: Readonly<Record<string, unknown>>;
}

/**
 * Models that accept `reasoning_effort` on any server: OpenAI's (platform.openai.com/docs/guides/reasoning), gpt-oss,
 * Grok 3 mini (docs.x.ai, "Reasoning": Grok 4 answers with an error) and Gemini (ai.google.dev/gemini-api/docs/openai).
 */
const KNOWN_EFFORT =
  /(?:^|\/)(?:o[134](?!\w|-preview)|gpt-(?:[5-9]|\d\d)(?!.*-chat)|gpt-oss|grok-3-mini|gemini-(?:2\.5|[3-9]))/i;

/** Defaults for servers about which nothing else is known. */
export const COMMON_DIALECT: OpenAiChatDialect = {
  streamUsage: true,
  unaryAsStream: false,
  refuses: [],
  renames: {},
  withoutSampling: null,
  withoutStop: null,
  // OpenAI's limit ("array too long. Expected an array with maximum length 4", QwenLM/Qwen-Agent#228), which compatible
  // services share, and vLLM by default (`VLLM_MAX_STOP_STRINGS`, vllm-project/vllm#51447).
  stopSequences: 4,
  outputLimits: [],
  // Empty `properties` change nothing, and servers in front of OpenAI's models require them.
  schemas: { refusedAtTop: [], needsProperties: true, keyLength: null },
  callIds: null,
  traits: {
    efforts: ['none', 'low', 'medium', 'high'],
    effortModels: KNOWN_EFFORT,
    developerModels: null,
    reasoningField: null,
    reasoningModels: null,
    reasoningRequired: null,
    unsignedCalls: null,
    topK: false,
    extras: ['seed', 'frequency_penalty', 'presence_penalty'],
    serviceTiers: [],
    toolChoice: 'full',
    prefill: 'new turn',
    flagsStrictFormat: false,
    checksStrictTools: false,
    imageUrls: true,
    cacheModels: null,
    toolNameLength: 64,
  },
  quirks: {},
};

/** What the settings of a server type may specify; the rest is `COMMON_DIALECT`. */
export type OpenAiChatFacts = Partial<Omit<OpenAiChatDialect, 'traits'>> & {
  readonly traits?: Partial<OpenAiTraits>;
};

/** The dialect of a server, completed with `COMMON_DIALECT`. */
export function openAiChatDialect({ traits, ...facts }: OpenAiChatFacts = {}): OpenAiChatDialect {
  return { ...COMMON_DIALECT, ...facts, traits: { ...COMMON_DIALECT.traits, ...traits } };
}

import type { ReasoningEffort } from '../../protocol/chat.ts';
import type { CallIdRules } from './calls/call-ids.ts';
import type { SchemaRules } from './tools/tool-schema.ts';

/** What a server and its models accept, whichever of OpenAI's wires a request uses: the same facts serve each dialect. */
export interface ServerFacts {
  /** Top-level request fields that the server refuses: dropped with a warning. */
  readonly refuses: readonly string[];
  /** Model ids that accept no `temperature`, `top_p` or `top_k`; null when all accept them. */
  readonly withoutSampling: RegExp | null;
  /** The largest reply in tokens of models whose list does not report it: the first pattern that matches the id. */
  readonly outputLimits: readonly (readonly [RegExp, number])[];
  /** What it requires of tools' schemas (wire case 73); null: schemas pass unchanged. */
  readonly schemas: SchemaRules | null;
  /** What it requires of call ids (wire case 77); null: ids pass unchanged, since some servers keep data in them. */
  readonly callIds: CallIdRules | null;
}

/** As `ServerFacts`, for requests that were translated from another wire. */
export interface ServerTraits {
  /**
   * The supported values of `reasoning_effort`, weakest first; a request gets the nearest of them. Only `none`:
   * thinking can be switched off but not graded. Empty: no effort is supported.
   */
  readonly efforts: readonly ReasoningEffort[];
  /** Ids of the models that accept an effort, besides those that are known to reason; null: all. */
  readonly effortModels: RegExp | null;
  /** Ids of the models whose system turns are written as `developer`; null: none (wire case 83). */
  readonly developerModels: RegExp | null;
  /** The supported values of `service_tier` (wire case 97). */
  readonly serviceTiers: readonly ('auto' | 'default')[];
  /** It enforces a JSON schema of the answer only with `strict: true` (wire case 245). */
  readonly flagsStrictFormat: boolean;
  /** It refuses a strict tool with an open object or an optional property (wire case 245). */
  readonly checksStrictTools: boolean;
  /** Ids of the models that accept `prompt_cache_breakpoint`; null: none. */
  readonly cacheModels: RegExp | null;
  /** Maximum length of a tool name, in characters of `A-Za-z0-9_-`; null: no restriction (wire case 72). */
  readonly toolNameLength: number | null;
}

/** The role in which a model gets system turns (wire case 83). */
export function systemRole(
  { developerModels }: Pick<ServerTraits, 'developerModels'>,
  modelId: string,
): 'developer' | 'system' {
  return developerModels?.test(modelId) === true ? 'developer' : 'system';
}

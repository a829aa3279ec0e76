import type { UpstreamError } from '../protocol/failure.ts';
import type { RequestFacts } from '../protocol/facts.ts';
import type { ModelRules } from '../protocol/model-rules.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Warning, WireFormat } from '../protocol/wire.ts';
import type { JsonField } from './json/scan.ts';
import type { OpenAiQuirks } from './openai-chat/quirks.ts';
import type { OpenAiTraits } from './openai-chat/traits.ts';

/** What is sent: in one Buffer, or in pieces where it is large. */
export type Body = Buffer | readonly Buffer[];

/** One client request between its wire and an upstream's: what is sent, and how the answer is brought back. */
export interface Exchange {
  /** The body for the upstream. */
  readonly body: Body;
  /** What was dropped or changed on the way. */
  readonly warnings: readonly Warning[];
  /** Did the client ask for the usage of its stream? Always true where its wire tells it unasked. */
  readonly includeUsage: boolean;
  /** The client is answered in OpenAI's older `function_call` (wire case 76). Absent: no. */
  readonly legacyCalls?: boolean;
  /** Brings a whole reply back. Throws a `WireFault` when it is none. */
  unary(body: Buffer): UnaryReply;
  /** Starts bringing a stream back. */
  stream(): StreamRelay;
}

/** A client request after the read phase; each wire has its own way of keeping the body. */
export interface ClientRequest {
  readonly wire: WireFormat;
  readonly facts: RequestFacts;
  readonly body: Buffer;
  /** Where the body's top-level keys lie. */
  readonly fields: readonly JsonField[];
  /**
   * Signatures of the thinking blocks in its messages, and the data of redacted ones: they pin the conversation to
   * the model that made them (DESIGN section 5). Begins with `UNSIGNED` where a Messages client sends thinking back
   * that nobody signed. Empty for nearly every request.
   */
  readonly signatures: readonly string[];
}

/**
 * The signature that replies give to thinking of models that do not sign it: the Messages API has no thinking without
 * one, and refuses this one (wire case 109).
 */
export const UNSIGNED = '';

/** How the chosen target wants to be spoken to. The wires' own view of a provider's `ChatSettings`. */
export interface UpstreamDialect {
  readonly wire: WireFormat;
  readonly trustedStream: boolean;
  readonly streamUsage: boolean;
  /** A unary request goes out as a request for a stream, which is put together here (DESIGN section 8). */
  readonly unaryAsStream: boolean;
  readonly refuses: readonly string[];
  readonly renames: Readonly<Record<string, string>>;
  readonly withoutSampling: RegExp | null;
  /** What a request that was translated to the OpenAI wire must heed; what is not said is common ground. */
  readonly traits?: Partial<OpenAiTraits>;
  /** How it differs from OpenAI for a client of the OpenAI wire; what is not said is as OpenAI has it. */
  readonly quirks?: OpenAiQuirks;
}

/** What the plan adds to a request for one target. */
export interface TargetRequest {
  /** The model id that the upstream knows. */
  readonly modelId: string;
  /** Defaults for fields that the client left out, in the words of the OpenAI chat wire. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Largest reply of the model in tokens, where a wire demands a limit; null when unknown. */
  readonly maxOutputTokens: number | null;
  /** What the model takes beyond its wire; null when its provider knows of nothing. */
  readonly rules: ModelRules | null;
  /** The client's own headers that go along, lower-case names: a version of the wire may refuse a default. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole reply in the client's wire. */
export interface UnaryReply {
  readonly body: Buffer;
  readonly usage: Usage | null;
  /** The upstream's own name for the model that answered. */
  readonly model: string | null;
  /** Signatures of its thinking blocks, and the data of redacted ones; mostly empty. */
  readonly signatures: readonly string[];
}

/**
 * A stream on its way to the client. `held`: nothing committed, nothing may go out. `open`: content was seen.
 * `complete`: finish reason and end mark went out. `failed`: see `fault`; what was held is discarded.
 */
export interface StreamRelay {
  readonly state: 'held' | 'open' | 'complete' | 'failed';
  readonly fault: WireFault | null;
  readonly usage: Usage | null;
  readonly model: string | null;
  /** As in `UnaryReply`: those seen so far. */
  readonly signatures: readonly string[];
  /** Takes bytes in any slicing; gives the bytes for the client, or null when there are none yet. */
  push(chunk: Buffer): Buffer | null;
  /** The upstream ended its body: completes the stream, or fails it when no finish reason came. */
  end(): Buffer | null;
}

/** Why a 200 was no answer. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
  /**
   * `error_event`: the upstream said so itself (`upstream` holds its words). `malformed`: not what the wire
   * allows. `too_large`: over a limit. `cut`: the stream ended without a finish reason.
   */
  readonly kind: 'error_event' | 'malformed' | 'too_large' | 'cut';
  readonly upstream: UpstreamError | null;
  /** The error event's JSON as it came, for classification by wording. */
  readonly raw: Buffer | null;

  constructor(
    kind: WireFault['kind'],
    message: string,
    upstream: UpstreamError | null = null,
    raw: Buffer | null = null,
  ) {
    super(message);
    this.kind = kind;
    this.upstream = upstream;
    this.raw = raw;
  }
}

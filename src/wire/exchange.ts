import type { RequestFacts } from '../protocol/facts.ts';
import type { ModelRules } from '../protocol/model-rules.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Warning, WireFormat } from '../protocol/wire.ts';
import type { WireFault } from './fault.ts';
import type { Framing } from './framing/framing.ts';
import type { JsonField } from './json/scan.ts';

/** A request body: one Buffer, or pieces where it is large. */
export type Body = Buffer | readonly Buffer[];

/** A client's request after the read phase: its bytes, and what one scan of them found. */
export interface ScannedRequest {
  readonly format: WireFormat;
  readonly facts: RequestFacts;
  readonly body: Buffer;
  /** Where the body's top-level keys lie. */
  readonly fields: readonly JsonField[];
  /**
   * Signatures of the thinking blocks in its messages, and the data of redacted ones: they pin the conversation to
   * the model that made them. Empty for nearly every request.
   */
  readonly signatures: readonly string[];
  /**
   * Its messages hold thinking with an empty signature, which replies give to thinking of models that do not sign it:
   * the Messages API has no thinking without one, and refuses this one (wire case 109).
   */
  readonly hasUnsignedThinking: boolean;
}

/** What plan and provider add to a request for one target. */
export interface TargetRequest {
  /** The model id that the upstream knows. */
  readonly modelId: string;
  /** Defaults for fields that the client left out, in the words of the OpenAI chat wire. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Largest reply of the model in tokens, where a wire demands a limit; null when unknown. */
  readonly maxOutputTokens: number | null;
  /** What the model takes beyond its wire; null when its provider knows nothing. */
  readonly rules: ModelRules | null;
  /** The events of its streams are well formed: only the first and the last are looked at. */
  readonly trustedStream: boolean;
  /** The client's own headers that go along, lower-case names: a version of the wire may refuse a default. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One request between a client's wire and an endpoint of its target: what is sent, and how the answer is brought back.
 * Execution drives it and knows nothing else of the two wires.
 */
export interface Exchange {
  /** The endpoint's wire, and its path below the provider's base URL. */
  readonly format: WireFormat;
  readonly path: string;
  /** Client and upstream speak one wire: its headers go along, and the upstream's own error bodies may come back. */
  readonly isSameWire: boolean;
  /** How the upstream's streams are cut into events; null where its wire never streams. */
  readonly framing: Framing | null;
  /** The upstream is asked for a stream, be it only to be put together here. */
  readonly asksForStream: boolean;
  readonly body: Body;
  /** What was dropped or changed on the way. */
  readonly warnings: readonly Warning[];
  /** Brings a whole reply back. Throws a `WireFault` when it is none. */
  unary(body: Buffer): UnaryReply;
  /** Brings a stream back as a stream. */
  stream(): StreamTransform;
  /** Puts a stream together into the whole reply that `unary` takes (wire case 16). */
  assemble(): StreamTransform;
  /** Brings a whole reply back as a stream of one piece (wire case 15). Throws a `WireFault` when it is none. */
  oneShot(body: Buffer): UnaryReply;
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
export interface StreamTransform {
  readonly state: 'held' | 'open' | 'complete' | 'failed';
  readonly fault: WireFault | null;
  /** Something else than comments has come. */
  readonly started: boolean;
  /** The last finish reason has come: the reply is whole, whatever follows, and `end` completes it. */
  readonly finished: boolean;
  readonly usage: Usage | null;
  readonly model: string | null;
  /** As in `UnaryReply`: those seen so far. */
  readonly signatures: readonly string[];
  /** Takes bytes in any slicing; gives the bytes for the client, or null when there are none yet. */
  push(chunk: Buffer): Buffer | null;
  /** The upstream ended its body: completes the stream, or fails it when no finish reason came. */
  end(): Buffer | null;
}

import type { RequestFacts } from '../protocol/facts.ts';
import type { CallState } from '../protocol/chat.ts';
import type { ModelRules } from '../protocol/model-rules.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Warning, WireFormat } from '../protocol/wire.ts';
import type { WireFault } from './fault.ts';
import type { Framing } from './framing/framing.ts';
import type { JsonField } from './json/scan.ts';

/** A request body: one Buffer, or several pieces if it is large. */
export type Body = Buffer | readonly Buffer[];

/** A client's request after the read phase: its bytes and the facts found by one scan. */
export interface ScannedRequest {
  readonly format: WireFormat;
  readonly facts: RequestFacts;
  readonly body: Buffer;
  /** Byte ranges of the body's top-level keys and values. */
  readonly fields: readonly JsonField[];
  /**
   * Signatures of the thinking blocks in the messages, and the data of redacted ones: they bind the conversation to
   * the model that created them. Empty for nearly every request.
   */
  readonly signatures: readonly string[];
  /**
   * The messages contain thinking with an empty signature, which translated replies give to models that do not sign
   * their thinking. The Messages API rejects it (wire case 109).
   */
  readonly hasUnsignedThinking: boolean;
  /** The header of a body that is not JSON, with the boundary of its parts; absent: it is JSON. */
  readonly contentType?: string;
  /** What it has that some servers refuse or do not read; absent for nearly every request. */
  readonly oddities?: Oddities;
  /** It has no content, and only asks that its model be loaded or unloaded; absent: it has content. */
  readonly isEmpty?: boolean;
}

/** Peculiarities of a request, as its scan finds them: only for these does a pass-through look at the body again. */
export interface Oddities {
  /**
   * Turns that strict chat templates refuse (wire case 84): system text after the first message or without content, two
   * user or assistant turns in a row, no user turn at the beginning, calls and results out of order (wire cases 67, 68),
   * or an answer in another key than `content`.
   */
  readonly turnOrder?: boolean;
  /** Claude Code's billing line in the first message (wire case 134). */
  readonly billingLine?: boolean;
  /** A message of the role `developer` (wire case 83). */
  readonly developerRole?: boolean;
  /** The keys with thinking that occur in messages (wire case 146). */
  readonly thinkingKeys?: readonly string[];
  /**
   * Of the two keys for plain thinking, `reasoning_content` and `reasoning`, those that some message with such thinking
   * lacks or leaves empty; absent: no message has such thinking.
   */
  readonly missingReasoning?: readonly string[];
  /** The keys of vendors that occur in messages and calls (wire case 204). */
  readonly vendorKeys?: readonly string[];
  /** A turn whose first call has no state of its vendor, as of nearly every model (wire case 204). */
  readonly unsignedCalls?: boolean;
  /** A call whose arguments are blank, or no text (wire case 65). */
  readonly oddArguments?: boolean;
  /** A tool whose schema the strictest server refuses (wire cases 72, 73). */
  readonly schemas?: boolean;
  /** A tool that asks for strict arguments (wire case 245). */
  readonly strictTools?: boolean;
  /** Ids of calls that the strictest server refuses (wire case 77). */
  readonly callIds?: boolean;
}

/** What the plan and the provider add to a request for one target. */
export interface TargetRequest {
  /** The upstream's model id. */
  readonly modelId: string;
  /** Defaults for fields that the client did not send, named as in the OpenAI chat wire. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The model's largest reply in tokens; null if unknown. */
  readonly maxOutputTokens: number | null;
  /** What the model's window leaves for the reply to this request, in tokens; null if the window is unknown. */
  readonly outputRoom: number | null;
  /** What this model supports within its wire; null if its provider has no rules for it. */
  readonly rules: ModelRules | null;
  /** The upstream's events are known to be well formed: only the first and last ones are parsed. */
  readonly trustedStream: boolean;
  /** The vendors' states of earlier calls; absent: none are known. */
  readonly callStates?: KnownCallStates;
  /** The client's headers that are forwarded, lower-case names: an API version may reject a default. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields that Laneway would add, by the names that go out, and that this target has refused: not sent. */
  readonly withheld?: readonly string[];
  /** Is the model known to reason? Absent if unknown. */
  readonly reasons?: boolean;
}

/** A field of the upstream's request that the client did not send, or not under this name. */
export interface AddedField {
  /** The name that goes out. */
  readonly name: string;
  /** Its name is only refused by an error that also names this field, which can replace it. */
  readonly instead?: string;
}

/** The states that vendors attached to calls, of all conversations. Plain data: it is sent between threads. */
export interface KnownCallStates {
  /** The target of the request. */
  readonly target: string;
  /** By the id of the call as the client got it: the target that made the call, and the JSON text of its state. */
  readonly byCall: ReadonlyMap<string, { readonly target: string; readonly state: string }>;
}

/**
 * One request between a client's wire and an endpoint of its target: what is sent, and how the reply is converted
 * back. Execution knows nothing else about the two wires.
 */
export interface Exchange {
  /** The endpoint's wire, and its path below the provider's base URL. */
  readonly format: WireFormat;
  readonly path: string;
  /**
   * Client and upstream speak the same wire: its headers are forwarded, and the upstream's error bodies may be
   * returned.
   */
  readonly isSameWire: boolean;
  /** How the upstream's streams are split into events; null if its wire never streams. */
  readonly framing: Framing | null;
  /** Whether a stream is requested from the upstream, possibly only to be assembled here. */
  readonly requestsStream: boolean;
  readonly body: Body;
  /** The `content-type` of the body; absent: JSON. */
  readonly contentType?: string;
  /** The reply is passed on as it arrives, whatever it is: none of the conversions below is called. */
  readonly isDirect?: true;
  /** What was dropped or changed in the request. */
  readonly warnings: readonly Warning[];
  /** What Laneway itself put in the request, and can take back when the upstream refuses it. Absent: nothing. */
  readonly added?: readonly AddedField[];
  /** Converts a unary reply. Throws a `WireFault` if it is invalid. */
  unary(body: Buffer): UnaryReply;
  /** Converts a stream to a stream. */
  stream(): StreamTransform;
  /** Assembles a stream into the unary reply that `unary` takes (wire case 16). */
  assemble(): StreamTransform;
  /** Converts a unary reply to a complete stream (wire case 15). Throws a `WireFault` if it is invalid. */
  oneShot(body: Buffer): UnaryReply;
}

/** A unary reply in the client's wire. */
export interface UnaryReply {
  readonly body: Buffer;
  readonly usage: Usage | null;
  /** The model name in the upstream's reply. */
  readonly model: string | null;
  /** Signatures of its thinking blocks, and the data of redacted ones; usually empty. */
  readonly signatures: readonly string[];
  /** The vendor's states of its calls, where the client's wire cannot carry them; absent: none. */
  readonly callStates?: readonly CallState[];
}

/**
 * Transforms the upstream's stream into the client's. `held`: no content yet, and no output may be sent. `open`:
 * content has arrived. `complete`: finish reason and end mark were written. `failed`: see `fault`; held output is
 * discarded.
 */
export interface StreamTransform {
  readonly state: 'held' | 'open' | 'complete' | 'failed';
  readonly fault: WireFault | null;
  /** An event other than a comment or an end mark has arrived. */
  readonly started: boolean;
  /** The last finish reason has arrived: the reply is complete whatever follows, and `end` completes the stream. */
  readonly finished: boolean;
  readonly usage: Usage | null;
  readonly model: string | null;
  /** As in `UnaryReply`, as far as they have arrived. */
  readonly signatures: readonly string[];
  readonly callStates?: readonly CallState[];
  /** Takes bytes in chunks of any size; returns bytes for the client, or null if there are none yet. */
  push(chunk: Buffer): Buffer | null;
  /** The upstream's body has ended: completes the stream, or fails it if no finish reason has arrived. */
  end(): Buffer | null;
}

import type { Capabilities, Kind } from '../protocol/capabilities.ts';
import type { Failure } from '../protocol/failure.ts';
import type { ModelRules } from '../protocol/model-rules.ts';
import type { ProviderTypeInfo } from '../protocol/provider-type.ts';
import type { Endpoint } from '../wire/wires.ts';

/**
 * What is true of every server of one type. The core asks these facts and never "which provider is this?";
 * an OpenAI-wire provider is nothing but such a list and a way to read its models.
 */
export interface ProviderSettings extends ProviderTypeInfo {
  /** The header that carries the key. */
  readonly auth: 'bearer' | 'x-api-key';
  /** Sent with every request, e.g. `anthropic-version`. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The wires that it speaks, best first, each with its path below the base URL. */
  readonly endpoints: readonly Endpoint[];
  /** The events of its streams are well formed: only the first and the last of a stream are looked at. */
  readonly trustedStream: boolean;
  /** Its model list names everything it serves: a model that the list lacks is `missing`. */
  readonly completeList: boolean;
  /** It may answer to any model name (a single-model llama-server): call it only for what its list names. */
  readonly answersAnyName: boolean;
  /** What is known of a model that its list does not name, by its id alone; absent where its wire says all. */
  readonly rulesFor?: (modelId: string) => ModelRules | null;
}

/** One model as its server lists it. */
export interface ListedModel {
  /** The id that the server wants to hear. */
  readonly id: string;
  readonly name: string | null;
  /** null: the list does not say. */
  readonly kind: Kind | null;
  /** `available` where the server says nothing of loading. */
  readonly status: 'available' | 'loaded' | 'loading' | 'unloaded';
  readonly capabilities: Capabilities;
  /** What the list tells of the parameters it takes; absent where the wire says all. */
  readonly rules?: ModelRules | null;
}

/** What one successful probe found. */
export interface Listing {
  readonly models: readonly ListedModel[];
  /** The server holds one model and answers to any name. */
  readonly singleModel: boolean;
  /** The settings of the detected type, where only the server's answers show it (type `detect`). */
  readonly settings?: ProviderSettings;
}

/** A configured server: the only thing above this folder that knows its address and key. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  /** The same object in all `ofDetectedType` copies of one provider; a reload that replaces the provider makes another. */
  readonly identity: object;
  readonly settings: ProviderSettings;
  readonly local: boolean;
  /** The base URL as people may see it. */
  readonly baseUrl: string;
  /** null when usable; else what to do, e.g. `set ANTHROPIC_API_KEY`. */
  readonly missingKey: string | null;
  /** Sends one request to this provider's own origin; the handler hears what becomes of it, exactly once. */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** Asks the server what it serves. Never loads a model. Rejects with a `ProbeError`. */
  list(signal: AbortSignal): Promise<Listing>;
  /** Takes every trace of the provider's secrets out of a text that came from the upstream (reliability S33). */
  readonly scrub: (text: string) => string;
  /** Tells what a reply that is not an answer means. */
  classifyReply(reply: FailedReply): Failure;
  /** Tells what a transport error means; `sent` when the request had been written to a connection. */
  classifyTransport(error: Error, sent: boolean): Failure;
}

/**
 * The provider with the settings of the type that its listing detected: a copy on the same connection, since a
 * provider's settings never change. The provider itself where the configuration names the type, or before a listing.
 */
export function ofDetectedType(provider: Provider, listing: Listing | undefined): Provider {
  return listing?.settings === undefined ? provider : { ...provider, settings: listing.settings };
}

/** What goes to an upstream. */
export interface UpstreamRequest {
  readonly method: 'POST' | 'GET';
  /** Below the base URL, with a leading slash. */
  readonly path: string;
  /** Beside the provider's own headers and key. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** In one Buffer, or in pieces where it is large. */
  readonly body: Buffer | readonly Buffer[] | null;
}

/** Hears one upstream call. After `onEnd` or `onError` nothing more is called. */
export interface UpstreamHandler {
  /** The request is about to be written to a live connection: from here on it may have been carried out. */
  onSent(): void;
  /** Status and header pairs in flat order: name, value, name, value. Names as the upstream wrote them. */
  onHeaders(status: number, headers: readonly Buffer[] | readonly string[]): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

/** A running upstream call. */
export interface UpstreamCall {
  /** Stops reading until `resume`: the client is slower than the upstream. */
  pause(): void;
  resume(): void;
  /** Closes the connection; `onError` follows unless the call had ended. */
  abort(): void;
}

/** A reply with a failing status, or an error event inside a stream that answered 200. */
export interface FailedReply {
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** As much of the body as was read: 64 KiB at most. */
  readonly body: Buffer;
}

/** Why a probe found nothing, in words for the start table and the health view. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  /** `unreachable` covers refused, timed out, DNS and TLS; the failure says which. */
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.summary);
    this.failure = failure;
  }
}

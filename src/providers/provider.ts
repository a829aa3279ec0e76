import type { Capabilities, Kind } from '../protocol/capabilities.ts';
import type { Failure } from '../protocol/failure.ts';
import type { ModelRules } from '../protocol/model-rules.ts';
import type { ProviderTypeInfo } from '../protocol/provider-type.ts';
import type { Body } from '../wire/exchange.ts';
import type { Endpoint } from '../wire/wires.ts';
import type { Refusals } from './refusals.ts';

/**
 * The facts that hold for every server of one type. The core checks these facts and never which type it is; an
 * OpenAI-wire type consists of nothing but such settings and a way to list its models.
 */
export interface ProviderSettings extends ProviderTypeInfo {
  /** The header that carries the key. */
  readonly auth: 'bearer' | 'x-api-key';
  /** Sent with every request, e.g. `anthropic-version`. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The wires it speaks, each with its path below the base URL. A request of one of these wires always uses that
   * endpoint; any other is translated to the first endpoint of its operation. An endpoint with `models` serves all
   * requests to those models.
   */
  readonly endpoints: readonly Endpoint[];
  /** The events of its streams are well formed, so only the first and the last of a stream are checked. */
  readonly trustedStream: boolean;
  /** Its model list is complete: a model that is not in the list is `missing`. */
  readonly completeList: boolean;
  /** Ids of the models that it passes on to another machine, before its list shows it; absent: none. */
  readonly remoteModels?: RegExp;
  /** It cuts a prompt that is too long, unless it is asked to refuse it; absent: it refuses such a prompt. */
  readonly cutsPrompts?: true;
  /** The parameter by which a request sets the window of its model, in tokens; absent: the server sets it. */
  readonly windowParam?: string;
  /** It may answer to any model name (a single-model llama-server), so it is called only for models in its list. */
  readonly answersAnyName: boolean;
  /** Rules of a model that is not in its list, from the id alone; absent where the wire defines everything. */
  readonly rulesFor?: (modelId: string) => ModelRules | null;
}

/** One model as its server lists it. */
export interface ListedModel {
  /** The id that the server expects. */
  readonly id: string;
  readonly name: string | null;
  /** null: not in the list. */
  readonly kind: Kind | null;
  /** `available` where the server does not report loading. */
  readonly status: 'available' | 'loaded' | 'loading' | 'unloaded';
  readonly capabilities: Capabilities;
  /** Requests that it works on at once; absent: unknown. */
  readonly slots?: number;
  /** The server passes its requests on to another machine, so it is not local even if the server is. */
  readonly remote?: true;
  /** The name of its file, or the path of one that Laneway has found itself; never shown. Absent: unknown. */
  readonly path?: string;
  /** What the list reports about accepted parameters; absent where the wire defines everything. */
  readonly rules?: ModelRules | null;
}

/** What one successful probe found. */
export interface Listing {
  readonly models: readonly ListedModel[];
  /** The server has one model and answers to any name. */
  readonly singleModel: boolean;
  /** Replies name the listed model that generated them; absent where the list does not show it. */
  readonly repliesNameModel?: boolean;
  /** The settings of the detected type, where only the server's answers show it (type `detect`). */
  readonly settings?: ProviderSettings;
}

/** A configured server: the only object outside this folder that knows its address and key. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  /** The same object in all `ofDetectedType` copies of a provider; a provider that replaces it in a reload has another. */
  readonly identity: object;
  readonly settings: ProviderSettings;
  readonly local: boolean;
  /** The base URL, safe to show. */
  readonly baseUrl: string;
  /** null when usable; else how to supply the key, e.g. `set ANTHROPIC_API_KEY`. */
  readonly missingKey: string | null;
  /** The environment variable that the key is read from, to be named when the server refuses it; null without one. */
  readonly keyVariable: string | null;
  /** Sends one request to this provider's own origin; the handler gets its outcome exactly once. */
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /** Lists what the server serves. Never loads a model. Rejects with a `ProbeError`. */
  list(signal: AbortSignal): Promise<Listing>;
  /** Fields of Laneway's own that its targets have refused. */
  readonly refusals: Refusals;
  /** Removes the provider's secrets, and parts of them, from an upstream's text. */
  readonly scrub: (text: string) => string;
  /** The same for a body that a client gets unchanged otherwise: also where JSON escapes a secret. */
  readonly scrubJson: (text: string) => string;
  /** Classifies a failing reply. */
  classifyReply(reply: FailedReply): Failure;
  /**
   * Classifies a transport error; `sent`: the request had been written to a connection, `replied`: the headers of its
   * reply had arrived.
   */
  classifyTransport(error: Error, sent: boolean, replied?: boolean): Failure;
}

/**
 * The provider with the settings of the type that its listing detected: a copy on the same connection, since a
 * provider's settings never change. The provider itself where the configuration names the type, or before a listing.
 */
export function ofDetectedType(provider: Provider, listing: Listing | undefined): Provider {
  return listing?.settings === undefined ? provider : { ...provider, settings: listing.settings };
}

/** A request to an upstream. */
export interface UpstreamRequest {
  readonly method: 'POST' | 'GET';
  /** Below the base URL, with a leading slash. */
  readonly path: string;
  /** In addition to the provider's own headers and key. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** One Buffer, or pieces of a large body. */
  readonly body: Buffer | readonly Buffer[] | null;
}

/** Callbacks of one upstream call. `onEnd` or `onError` is the last one. */
export interface UpstreamHandler {
  /** The request is about to be written to a live connection: from now on it may have been carried out. */
  onSent(): void;
  /** Status, and headers as a flat list: name, value, name, value. Names as the upstream wrote them. */
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
  /** Closes the connection; `onError` follows unless the call has ended. */
  abort(): void;
}

/** A reply with a failing status, or an error event inside a 200 stream. */
export interface FailedReply {
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** The first 64 KiB of the body at most. */
  readonly body: Buffer;
  /** Output tokens that the client allowed; null or absent: no limit is known. */
  readonly outputLimit?: number | null;
  /** The body that was sent: what the reply only repeats of it says nothing about the server. */
  readonly request?: Body;
}

/** Why a probe failed; the failure's summary appears in the start table and the health view. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly failure: Failure;
  /** The server answered, but not with a model list: it may have none, and still serve requests. */
  readonly hasNoList: boolean;
  /** It answered with an HTML page: another service, or a proxy, has the address. */
  readonly isPage: boolean;
  /** The system refused the connection: no process listens at the port. */
  readonly refused: boolean;

  constructor(failure: Failure, { hasNoList = false, isPage = false, refused = false } = {}) {
    super(failure.summary);
    this.failure = failure;
    this.hasNoList = hasNoList;
    this.isPage = isPage;
    this.refused = refused;
  }
}

/** The failure of a probe. A web page is no answer of a server whose type always has a list, so it has no status. */
export function failureOfProbe(
  { failure, isPage }: ProbeError,
  { settings }: Pick<Provider, 'settings'>,
): Failure {
  return isPage && settings.completeList ? { ...failure, status: null } : failure;
}

/**
 * Is a server without a model list usable nevertheless? Not one that answers to any name, since only models in its list
 * are ever requested from it; nor one whose type always has a list (Ollama, vLLM) and which sends a web page instead: another
 * service has its address.
 */
export function mayLackList(
  { hasNoList, isPage }: ProbeError,
  { settings }: Pick<Provider, 'settings'>,
): boolean {
  return hasNoList && !settings.answersAnyName && !(isPage && settings.completeList);
}

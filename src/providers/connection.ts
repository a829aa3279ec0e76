import type { Listing, ProviderSettings } from './provider.ts';

/**
 * What a type's own code gets to ask its server what it serves. Its `fetch` goes to the provider's origin and
 * nowhere else, with its key and headers, and follows no redirect; an SDK takes it as it takes the global one.
 * One provider has one connection for as long as it lives.
 */
export interface Connection {
  /** With the type's path and without a trailing slash, as its SDK takes it. */
  readonly baseUrl: string;
  /** For SDKs that insist on a key of their own; null where there is none. */
  readonly key: string | null;
  readonly settings: ProviderSettings;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Reads a server's list of models. Loads none, repeats nothing, stops when `signal` does. What it throws is
 * classified by `createProvider`: an SDK's error, a `fetch` error, anything that says the list made no sense.
 */
export type ListModels = (connection: Connection, signal: AbortSignal) => Promise<Listing>;

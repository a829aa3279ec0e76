import type { Listing, ProviderSettings } from './provider.ts';

/** One type of server: the facts that hold for all of them, and how to list the models of one. */
export interface ProviderType {
  readonly settings: ProviderSettings;
  readonly list: ListModels;
}

/**
 * Reads a server's list of models. Never loads a model, never retries, and stops when `signal` aborts. Whatever it
 * throws (an SDK's error, a `fetch` error, an unreadable list) is classified by `createProvider`.
 */
export type ListModels = (connection: Connection, signal: AbortSignal) => Promise<Listing>;

/**
 * What a type's `ListModels` uses to query its server. `fetch` goes to the provider's origin only, with its key and
 * headers, and follows no redirect; SDKs accept it in place of the global one. A provider keeps one connection for
 * its whole life.
 */
export interface Connection {
  /** With the type's path and without a trailing slash, as its SDK expects it. */
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
}

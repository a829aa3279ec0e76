import type { Kind } from './capabilities.ts';

/** What one request for the model list of a configured provider has shown. */
export interface ProviderCheckResult {
  readonly id: string;
  /** A public error code, or `needs_key`; null: it can be used. The message begins with the provider's name. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** null: the list was not read, or its server has none. */
  readonly models: readonly CheckedModel[] | null;
  /** A model that is not in the list is not there. */
  readonly listIsComplete: boolean;
  /** How far the clock of the server is ahead of this machine's, by its `Date` header, in ms; null: it sent none. */
  readonly clockAheadMs: number | null;
}

/** A model of a list. */
export interface CheckedModel {
  readonly id: string;
  readonly kind: Kind | null;
  /** As the server reports it. */
  readonly status: string;
  /** The window in tokens; null: unknown. */
  readonly contextLength: number | null;
}

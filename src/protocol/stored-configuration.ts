import type { Labels, OverrideKey } from './assignment.ts';

/** A provider that calls have added or changed; its entry is laid over that of the configuration files. */
export interface StoredProvider {
  readonly id: string;
  /** The keys of a provider in a file, as JSON. `api_key` is a reference, never a key. */
  readonly entry: string;
  /** ISO 8601, as the other times. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When its key was last checked by a call; null: never. */
  readonly validatedAt: string | null;
}

/** An encrypted secret as it is stored. */
export interface SealedSecret {
  readonly name: string;
  /** One more with each change of the value. */
  readonly version: number;
  /** The check value of the master key that encrypts the data key. */
  readonly keyCheck: string;
  /** The data key, encrypted with the master key. */
  readonly wrappedKey: Uint8Array;
  /** The text, encrypted with the data key. */
  readonly data: Uint8Array;
}

/** A change of one row; a null value removes it. */
export interface RowChange<Value> {
  readonly key: string;
  readonly value: Value | null;
}

/**
 * A change of what calls have stored, in one transaction with its audit row and its generation. It must change
 * something.
 */
export interface StoredChange {
  /** Entries of providers, as in StoredProvider, by id. */
  readonly providers?: readonly RowChange<string>[];
  readonly secrets?: readonly RowChange<SealedSecret>[];
  /** Absent: unchanged; null: none. */
  readonly activeProfile?: string | null;
  /** Overrides that are dropped, with the labels of their audit rows: what they assign no longer exists. */
  readonly dropped?: { readonly overrides: readonly OverrideKey[]; readonly labels: Labels };
  /** Of the configuration after the change. */
  readonly fingerprint: string;
  readonly action: 'provider' | 'profile';
  /** `provider:ID`, `secret:NAME` or `profile`. */
  readonly subject: string;
  /** Before and after the change, as text for people; never a key. */
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** What calls have stored, as a start needs it. */
export interface StoredConfiguration {
  readonly providers: readonly StoredProvider[];
  readonly secrets: readonly SealedSecret[];
  readonly activeProfile: string | null;
}

/** A part of a rotation of the master key, in one transaction with the audit row of the rotation. */
export interface RewrapChange {
  /** With data keys that are encrypted with the new key. */
  readonly secrets: readonly SealedSecret[];
  /** Check values of the master keys; `from` null: there was none. */
  readonly from: string | null;
  readonly to: string;
  readonly actor: string;
  readonly at: string;
}

/** Result of a rotation of the master key. */
export interface Rotation {
  /** Secrets whose data keys were encrypted again. */
  readonly rotated: number;
  /** The check value of the master key in use now. */
  readonly check: string;
  /** What the operator must do before the next start; null: nothing. */
  readonly next: string | null;
}

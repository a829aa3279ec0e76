/** What references to keys are resolved with. */
export interface ReferenceSources {
  /** The current value of an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** The text of a stored secret. */
  readonly secret: (name: string) => string | undefined;
}

/** A reference to a key, resolved. */
export interface ReferencedKey {
  /** The name after `env:` or `secret:`. */
  readonly name: string;
  readonly isSecret: boolean;
  /** null: not set, or empty. */
  readonly key: string | null;
}

/** Resolves `env:NAME` or `secret:NAME`. */
export function resolveKey(reference: string, { variable, secret }: ReferenceSources): ReferencedKey {
  const name = reference.slice(reference.indexOf(':') + 1);
  const isSecret = reference.startsWith('secret:');
  const text = (isSecret ? secret(name) : variable(name))?.trim();
  return { name, isSecret, key: text === undefined || text === '' ? null : text };
}

import { objectAt, valueAt } from '../files/json.ts';
import { namedVariable, variableFor } from '../validate/secrets.ts';
import { looksLikeKey, type KeyToStore } from './conversion.ts';
import type { Known } from './known.ts';

/** The reference for what an older file has in the place of a key; `isLiteral`: it was the key itself. */
export interface KeyReference {
  readonly reference: string;
  readonly isLiteral: boolean;
}

/** `${OPENAI_API_KEY}`, `env:NAME` and `secret:NAME` name the key; anything else is taken for the key itself. */
export function keyReference(written: string, variable: string): KeyReference {
  const text = written.trim();
  const named = namedVariable(text) ?? /^env:([A-Z][A-Z0-9_]*)$/.exec(text)?.[1] ?? null;
  if (named !== null) return { reference: `env:${named}`, isLiteral: false };
  if (/^secret:[A-Za-z_]\w{0,63}$/.test(text)) return { reference: text, isLiteral: false };
  return { reference: `env:${variable}`, isLiteral: true };
}

/** The reference for a setting that holds the name of a variable; null when it is none. */
export function variableReference(written: string): string | null {
  const name = written.trim().replace(/^(?:env:|\$)?\{?([^}]*)\}?$/, '$1');
  return /^[A-Z_][A-Z0-9_]*$/.test(name) && !looksLikeKey(name) ? `env:${name}` : null;
}

/**
 * A variable for the key of a provider, at an address that no configured provider has: never one that the configuration
 * uses, whose key would then be sent to this address.
 */
export function freeVariable(provider: string, { below }: Known): string {
  const used = Object.keys(objectAt(below, 'providers')).map((id) =>
    valueAt(below, ['providers', id, 'api_key']),
  );
  const stem = variableFor(provider);
  const isUsed = (name: string): boolean => used.includes(`env:${name}`);
  const names = [`${stem}_API_KEY`, `${stem}_OWN_API_KEY`, `${stem}_OWN_API_KEY_2`];
  return names.find((name) => !isUsed(name)) ?? `${stem}_OWN_API_KEY_3`;
}

/** What to do with a key that was in an older file. */
export function literalKey(from: string, reference: string, provider: string): KeyToStore {
  const [scheme, name = ''] = reference.split(':', 2);
  const secret = variableFor(provider).toLowerCase();
  const advice =
    scheme === 'env'
      ? `put the key into .env as ${name}=…; or store it encrypted with "laneway secrets set ${secret}", and write "secret:${secret}" in place of "${reference}"`
      : `store it with "laneway secrets set ${name}"`;
  return { from, reference, advice };
}

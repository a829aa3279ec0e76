/** Names with another meaning in API paths or as a model name. */
const RESERVED = ['auto', 'import', 'reset'];
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** Why a node, a lane or a profile (`noun`) cannot have this name; null when it can. */
export function nameFault(noun: 'node' | 'lane' | 'profile', name: string): string | null {
  if (RESERVED.includes(name)) return `reserved name (${RESERVED.join(', ')})`;
  if (NAME.test(name)) return null;
  return `a ${noun} name must start with a lower-case letter and contain only lower-case letters, digits, "_" and "-", at most 64 characters`;
}

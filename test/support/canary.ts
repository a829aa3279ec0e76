import { randomBytes } from 'node:crypto';

/** Looks like nothing that a pattern of keys knows, and changes when it is percent-encoded. */
export function canary(): string {
  return `${randomBytes(18).toString('base64url')}/+=${randomBytes(6).toString('hex')}`;
}

/** The secret in every form in which it could appear: parts of 8 characters, encoded in hex, base64 and percent signs. */
export function formsOf(secret: string): ReadonlySet<string> {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const hex = bytes.toString('hex');
  const whole = [encodeURIComponent(secret), hex, hex.toUpperCase(), ...encoded];
  // The bytes of a key that is written in base64.
  const raw = Buffer.from(secret, 'base64');
  if (raw.toString('base64') === secret)
    whole.push(raw.toString('hex'), raw.toString('base64url'), raw.toString('latin1'));
  return new Set([...partsOf(secret, 8), ...whole.flatMap((form) => partsOf(form, 11))]);
}

function partsOf(text: string, length: number): string[] {
  return Array.from({ length: text.length - length + 1 }, (_, at) => text.slice(at, at + length));
}

/** Where any of the forms is in a text, with what is around it. */
export function findForms(forms: ReadonlySet<string>, haystack: string): string[] {
  const hits: string[] = [];
  for (const length of new Set([...forms].map((form) => form.length)))
    for (let at = 0; at + length <= haystack.length; at += 1)
      if (forms.has(haystack.slice(at, at + length)))
        hits.push(haystack.slice(Math.max(0, at - 40), at + length + 20));
  return hits;
}

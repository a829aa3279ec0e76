const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 24;

/** A random id: the prefix and 24 letters and digits. `random` as `Math.random`. */
export function newId(prefix: string, random: () => number): string {
  let id = prefix;
  for (let count = 0; count < ID_LENGTH; count += 1) id += ALPHABET[Math.floor(random() * ALPHABET.length)];
  return id;
}

// Writes a built file in ASCII. V8 keeps the text of a program with one wider character, such as an ellipsis, in two bytes
// per character: 2 MB more memory for main.js and as much for its chunks (measured: 4.4 MB of 121).
import { readFileSync, writeFileSync } from 'node:fs';

const WIDE = /[^\0-\x7F]/g;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Replaces each other character by its escape, and moves what follows in the file's source map, if it has one. */
export function toAscii(path) {
  const code = readFileSync(path, 'utf8');
  const places = code.split('\n').map((line) => Array.from(line.matchAll(WIDE), ({ index }) => index));
  if (places.every(({ length }) => length === 0)) return;
  writeFileSync(path, code.replaceAll(WIDE, escape));
  const map = JSON.parse(readFileSync(`${path}.map`, 'utf8'));
  const lines = map.mappings.split(';').map((line, index) => moved(line, places[index] ?? []));
  writeFileSync(`${path}.map`, JSON.stringify({ ...map, mappings: lines.join(';') }));
}

/** Valid in strings, templates and regular expressions, which is where a minified program has such characters. */
function escape(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The mappings of one line, whose first number is the distance from the previous column. */
function moved(line, places) {
  if (places.length === 0 || line === '') return line;
  const longer = escape(' ').length - 1;
  let [column, movedBefore, passed] = [0, 0, 0];
  return line
    .split(',')
    .map((segment) => {
      const { value, length } = decode(segment);
      column += value;
      while (passed < places.length && places[passed] < column) passed += 1;
      const by = value + passed * longer - movedBefore;
      movedBefore = passed * longer;
      return encode(by) + segment.slice(length);
    })
    .join(',');
}

/** The first number of a segment (VLQ, base 64), and how many digits it has. */
function decode(segment) {
  let [bits, length] = [0, 0];
  for (;;) {
    const digit = DIGITS.indexOf(segment[length]);
    bits += (digit & 31) * 2 ** (5 * length);
    length += 1;
    if (digit < 32) return { value: bits % 2 === 1 ? -(bits - 1) / 2 : bits / 2, length };
  }
}

function encode(value) {
  let rest = value < 0 ? -2 * value + 1 : 2 * value;
  let digits = '';
  do {
    digits += DIGITS[(rest % 32) + (rest >= 32 ? 32 : 0)];
    rest = Math.floor(rest / 32);
  } while (rest > 0);
  return digits;
}

/** Percent-encodes every byte that is not printable ASCII, so that any text can be sent as a header value. */
export function asciiHeader(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  let text = '';
  for (const byte of Buffer.from(value)) {
    text +=
      byte >= 0x20 && byte <= 0x7e
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** The bytes as an ArrayBuffer of their own, which alone can change threads: the Buffer's itself where it is that. */
export function ownedBytes(body: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = body;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === byteLength) return buffer;
  return new Uint8Array(body).buffer;
}

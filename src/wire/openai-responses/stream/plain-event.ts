const HEAD = Buffer.from('event: response.');
/** The events that end a stream. */
const ENDS = ['completed', 'incomplete', 'failed', 'cancelled'].map((word) => Buffer.from(`${word}\n`));

/**
 * Is the event in `buffer` from `start` to `end` one that a trusted server sends within a stream? All begin with their
 * name; an error has another one.
 */
export function isPlainEvent(buffer: Buffer, start: number, end: number): boolean {
  const name = start + HEAD.length;
  if (end <= name || buffer.compare(HEAD, 0, HEAD.length, start, name) !== 0) return false;
  return !ENDS.some((word) => {
    const last = name + word.length;
    return last <= end && buffer.compare(word, 0, word.length, name, last) === 0;
  });
}

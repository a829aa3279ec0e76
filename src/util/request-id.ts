/**
 * Returns a generator of `x-request-id`s: `req_` + milliseconds + counter + process tag, all of fixed width, so that
 * later ids sort later (the ledger is paged by id) and ids of two processes do not collide. `processMark` is four
 * characters of [0-9a-z].
 */
export function requestIds(wall: () => number, processMark: string): () => string {
  let last = 0;
  let count = 0;
  return () => {
    const now = wall();
    // The order must survive a clock that is set back.
    if (now > last) {
      last = now;
      count = 0;
    } else {
      count += 1;
    }
    return `${requestIdStart(last)}${count.toString(36).padStart(4, '0')}${processMark}`;
  };
}

/** Common prefix of all ids of a millisecond (since 1970); ids of that time or later never sort before it. */
export function requestIdStart(milliseconds: number): string {
  return `req_${milliseconds.toString(36).padStart(9, '0')}`;
}

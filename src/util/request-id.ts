/**
 * Makes `x-request-id`s: `req_` + milliseconds + a counter + a mark of this process, all of fixed width, so that
 * later ids sort later (the ledger appends, pages are cut by id) and two starts never collide.
 * `processMark` is four characters of [0-9a-z].
 */
export function requestIds(wall: () => number, processMark: string): () => string {
  let last = 0;
  let count = 0;
  return () => {
    const now = wall();
    // A clock set back must not break the order.
    if (now > last) {
      last = now;
      count = 0;
    } else {
      count += 1;
    }
    return `${requestIdStart(last)}${count.toString(36).padStart(4, '0')}${processMark}`;
  };
}

/** How every id of a millisecond (since 1970) starts; ids of that time and later ones do not sort before it. */
export function requestIdStart(milliseconds: number): string {
  return `req_${milliseconds.toString(36).padStart(9, '0')}`;
}

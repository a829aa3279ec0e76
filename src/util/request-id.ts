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
    return `req_${last.toString(36).padStart(9, '0')}${count.toString(36).padStart(4, '0')}${processMark}`;
  };
}

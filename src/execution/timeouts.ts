/*
 * Time-outs in milliseconds that configuration does not set. The deadlines of an attempt, which it does set, are in
 * attempt/deadlines.ts.
 */

/** Added to the connect deadline: the dialler has the same one, and knows what timed out (name, connection or TLS). */
export const DIAL_GRACE_MS = 250;

/** After a complete reply, until the upstream has closed its body. */
export const CLOSE_GRACE_MS = 1_000;

/** A client that reads nothing for this long is disconnected. */
export const CLIENT_STALL_MS = 60_000;

/** A client that waits for a stream gets its first heartbeat after this, */
export const FIRST_HEARTBEAT_MS = 10_000;

/** and the next ones at this interval: idle time-outs of reverse proxies start at 30 s. */
export const HEARTBEAT_INTERVAL_MS = 15_000;

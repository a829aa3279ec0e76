/*
 * Time-outs in milliseconds that configuration does not set. The deadlines of an attempt, which it does set, are in
 * attempt/deadlines.ts.
 */

/** Added to the connect deadline: the dialler has the same one, and knows what timed out (name, connection or TLS). */
export const DIAL_GRACE_MS = 250;

/** After a complete reply, until the upstream has closed its body. */
export const CLOSE_GRACE_MS = 1_000;

/** For the body of an error reply; what has arrived by then is classified. */
export const ERROR_BODY_MS = 5_000;

/** A client that does not drain the write buffer for this long is disconnected. */
export const CLIENT_STALL_MS = 60_000;

/** Wait before the first heartbeat of a stream. */
export const FIRST_HEARTBEAT_MS = 10_000;

/** Interval between heartbeats: idle time-outs of reverse proxies start at 30 s. */
export const HEARTBEAT_INTERVAL_MS = 15_000;

/** Signs of life before the first content restart the first-token deadline, up to this many times its length in all. */
export const FIRST_TOKEN_LENGTHS = 3;

/**
 * A stream that was silent for this long is checked: one with a finish reason is ended, and the server of a local one
 * is probed, then again after every such time.
 */
export const SILENCE_MS = 15_000;

/** A probe of a silent stream's server; the answer does not matter, only a refused connection does. */
export const SILENCE_PROBE_MS = 5_000;

/** Silent streams of one server share a probe that is not older; less than `SILENCE_MS`, so that each counts it once. */
export const SHARED_PROBE_MS = 10_000;

/** Interval at which the model list of a server is read while requests wait for one of its models to load. */
export const LOADING_POLL_MS = 1_000;

/** For the first content of a preflight, and for the whole of it after the connect deadline: somebody waits for it. */
export const PREFLIGHT_MS = 60_000;

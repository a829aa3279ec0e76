/** Attempts per request, fallbacks included: more would multiply the load on servers that fail. */
export const ATTEMPTS_MAX = 3;

/** A request that has passed this many gateways is in a loop. */
export const HOPS_MAX = 3;

/** Bytes of all request bodies in memory at once. */
export const BODIES_MAX_BYTES = 512 * 1024 * 1024;

/** Bytes of a whole reply, which is held in memory. */
export const REPLY_MAX_BYTES = 64 * 1024 * 1024;

/** Bytes of an error reply's body that are read. */
export const ERROR_BODY_MAX_BYTES = 64 * 1024;

/** Seconds of the longest `retry-after`: the OpenAI and Anthropic SDKs ignore longer ones. */
export const RETRY_AFTER_MAX_S = 60;

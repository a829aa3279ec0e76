// How the process of the gateway is started. Plain JavaScript for Node 18 and up.

/**
 * Flags for Node. V8 would let the young generation grow to 32 MB; 8 MB hold what 64 requests of 50 KB leave between two
 * collections, for the same CPU time. Not given where NODE_OPTIONS sets a size.
 */
export const NODE_FLAGS = process.env.NODE_OPTIONS?.includes('semi-space') ? [] : ['--max-semi-space-size=8'];

/**
 * Variables that must be set before the process starts. glibc keeps freed memory in up to eight heaps per core, which
 * threads share: with one, 64 connections of 50 KB take 270 MB instead of 300, and with the flags above 215.
 */
export const VARIABLES = { MALLOC_ARENA_MAX: '1' };

// How the process of the gateway is started. Plain JavaScript for Node 18 and up.

/**
 * Flags for Node. V8 sizes the young generation by what survives, between 1 MB and 32 MB: 2 KB requests leave so little
 * that it stays small and is collected often, 50 KB requests let it grow beyond the caches of the processor. Fixed at
 * 8 MB, a 50 KB request costs a quarter less CPU time and a 2 KB request the same, with 230 MB in place of 257 at the
 * peak of 64 requests at once; at most 8 MB without the minimum, a 2 KB request costs 7 % more. Not given where
 * NODE_OPTIONS sets a size.
 */
export const NODE_FLAGS = process.env.NODE_OPTIONS?.includes('semi-space')
  ? []
  : ['--min-semi-space-size=8', '--max-semi-space-size=8'];

/**
 * Variables that must be set before the process starts. glibc keeps freed memory in up to eight heaps per core, which
 * threads share: with one, 64 connections of 50 KB take up to 30 MB less.
 */
export const VARIABLES = { MALLOC_ARENA_MAX: '1' };

// How the process of the gateway is started. Plain JavaScript for Node 18 and up.

/**
 * V8 sizes the young generation by what survives, between 1 MB and 32 MB: 2 KB requests leave so little that it stays
 * small and is collected often, 50 KB requests let it grow beyond the caches of the processor. Fixed at 8 MB, a 50 KB
 * request costs a quarter less CPU time and a 2 KB request the same. Not given where NODE_OPTIONS sets a size.
 */
const YOUNG_GENERATION = process.env.NODE_OPTIONS?.includes('semi-space')
  ? []
  : ['--min-semi-space-size=8', '--max-semi-space-size=8'];

/**
 * Flags for Node. Without the last one V8 decides from the first collections which kinds of objects live long, and
 * creates those among the old ones from then on: a burst of requests on a cold process had it do so with the objects
 * of a request, for as long as it ran (docs/decisions/0016-no-pretenuring.md).
 */
export const NODE_FLAGS = [...YOUNG_GENERATION, '--no-allocation-site-pretenuring'];

/**
 * Variables that must be set before the process starts. glibc keeps freed memory in up to eight heaps per core, which
 * threads share: with one, 64 connections of 50 KB take up to 30 MB less.
 */
export const VARIABLES = { MALLOC_ARENA_MAX: '1' };

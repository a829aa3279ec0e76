import type { GgufModel } from '../gguf/model-file.ts';
import { cacheShape, kvCacheBytes } from './kv-cache.ts';
import { recurrentStateBytes } from './recurrent-state.ts';
import type { MemorySettings } from './settings.ts';

/** Bytes that a loaded model takes, on all devices together. */
export interface MemoryEstimate {
  readonly weights: number;
  readonly kvCache: number;
  /** Of recurrent and hybrid models. */
  readonly recurrentState: number;
  /** Intermediate results. */
  readonly compute: number;
  /** The projector and its own intermediate results; 0: none. */
  readonly projector: number;
  readonly total: number;
}

const GIB = 2 ** 30;

/**
 * Estimates the memory of a model. Without the cache of prompts (`--cache-ram`), and without what a driver or runtime
 * takes for itself: the caller adds a margin for it. Pure.
 */
export function estimateMemory(
  model: GgufModel,
  settings: MemorySettings,
  projectorBytes = 0,
): MemoryEstimate {
  const weights = model.tensorBytes;
  const kvCache = kvCacheBytes(model, settings);
  const recurrentState = recurrentStateBytes(model, settings.slots);
  const compute = computeBytes(model, settings);
  // Encoding an image takes up to a gigabyte (gpustack/gguf-parser-go); a small projector less.
  const projector = projectorBytes + Math.min(GIB, 2 * projectorBytes);
  const total = weights + kvCache + recurrentState + compute + projector;
  return { weights, kvCache, recurrentState, compute, projector, total };
}

/**
 * The memory of a model in bytes, estimated from the size of its weights alone: a fifth more, for a cache of a few
 * thousand tokens and intermediate results. An estimate that is too low is corrected by the first load; one that is too
 * high keeps the model from being loaded at all.
 */
export function estimateFromWeights(weights: number): number {
  return Math.round(1.2 * weights);
}

/**
 * The largest intermediate results of one batch, and the mask of the attention. The factors bound what `llama-server`
 * b10434 reported for three models (test/engines/memory/llama-server.test.ts); it is a small part of the total.
 */
function computeBytes(model: GgufModel, settings: MemorySettings): number {
  const { batch, flashAttention, slots } = settings;
  const { cells } = cacheShape(settings);
  const [embedding, feedForward] = [model.embeddingLength ?? 0, model.feedForwardLength ?? 0];
  const perToken = model.causal ? 4 * embedding + 3 * feedForward : 3 * embedding + feedForward;
  const tokens = model.causal ? cells : Math.min(cells, model.contextLength ?? cells);
  const mask = tokens * batch * (flashAttention ? 2 : 4);
  const scores = flashAttention ? 0 : tokens * batch * widestHeads(model) * 4;
  const output = (model.vocabulary ?? 0) * slots * 4;
  return 4 * batch * perToken + mask + scores + output;
}

function widestHeads({ heads }: GgufModel): number {
  return heads === null || typeof heads === 'number' ? (heads ?? 0) : Math.max(0, ...heads);
}

import type { GgufModel, PerLayer } from '../gguf/model-file.ts';
import { CACHE_TYPES, type MemorySettings } from './settings.ts';
import { slidingLayers } from './sliding-layers.ts';

/** llama.cpp makes caches of whole multiples of so many tokens. */
const PADDING = 256;

/** The layers from here on use the keys and values of others (llama.cpp, `n_layer_kv_from_start`). */
const FIRST_SHARED: Readonly<Record<string, number>> = { gemma3n: 20 };

/** Tokens that one sequence can use, and how many separate caches there are. */
export interface CacheShape {
  readonly cells: number;
  readonly streams: number;
}

/** How llama.cpp divides a context: slots share one cache, or each has its own part. */
export function cacheShape({ context, slots, unified }: MemorySettings): CacheShape {
  return unified
    ? { cells: padded(context), streams: 1 }
    : { cells: padded(Math.ceil(context / slots)), streams: slots };
}

/** Bytes of the keys and values of all layers. */
export function kvCacheBytes(model: GgufModel, settings: MemorySettings): number {
  const { layers, architecture } = model;
  if (layers === null || !model.causal) return 0;
  const { cells, streams } = cacheShape(settings);
  const sliding = slidingLayers(model, layers);
  const shared = Object.hasOwn(FIRST_SHARED, architecture) ? FIRST_SHARED[architecture] : undefined;
  const own = shared ?? layers - (model.sharedKvLayers ?? 0);
  let bytes = 0;
  for (let layer = 0; layer < Math.min(layers, own); layer++) {
    if (!hasAttention(model, layer)) continue;
    const slides = sliding[layer] === true;
    const tokens = slides && !settings.fullSlidingCache ? slidingCells(model, settings, cells) : cells;
    bytes += tokens * streams * bytesPerToken(model, layer, slides, settings);
  }
  return bytes;
}

/** Does a layer keep keys and values? */
export function hasAttention(model: GgufModel, layer: number): boolean {
  if (isRecurrentByInterval(model, layer) === true) return false;
  // A file whose tensors do not show it is taken to have attention everywhere, unless a count of heads is zero.
  if (model.layerTensors.length === 0) return true;
  if (!model.layerTensors.some(({ attention, recurrent }) => attention || recurrent)) return true;
  return model.layerTensors[layer]?.attention === true;
}

/** Does the interval of full attention make this layer a recurrent one? null: the file has none. */
export function isRecurrentByInterval({ fullAttentionInterval }: GgufModel, layer: number): boolean | null {
  return fullAttentionInterval === null ? null : (layer + 1) % fullAttentionInterval !== 0;
}

function bytesPerToken(
  model: GgufModel,
  layer: number,
  slides: boolean,
  { keyType, valueType }: MemorySettings,
): number {
  const heads = atLayer(model.heads, layer) ?? 0;
  const kvHeads = atLayer(model.kvHeads, layer) ?? heads;
  const usual = heads > 0 && model.embeddingLength !== null ? Math.floor(model.embeddingLength / heads) : 0;
  const keys = (slides ? model.slidingKeyLength : null) ?? model.keyLength ?? usual;
  const values = (slides ? model.slidingValueLength : null) ?? model.valueLength ?? usual;
  // With latent attention the values are a part of the keys (llama.cpp, `llama_hparams::is_mla`).
  const valueBytes = model.isLatent ? 0 : values * CACHE_TYPES[valueType];
  return kvHeads * (keys * CACHE_TYPES[keyType] + valueBytes);
}

/** Tokens that a sliding layer keeps for each stream (llama.cpp, `llama_kv_cache_iswa`). */
function slidingCells(
  { slidingWindow }: GgufModel,
  { slots, unified, batch }: MemorySettings,
  cells: number,
): number {
  const sequences = unified ? slots : 1;
  return Math.min(cells, padded((slidingWindow ?? 0) * sequences + batch));
}

function atLayer(values: PerLayer | null, layer: number): number | null {
  return values === null || typeof values === 'number' ? values : (values[layer] ?? values.at(-1) ?? null);
}

function padded(tokens: number): number {
  return Math.ceil(tokens / PADDING) * PADDING;
}

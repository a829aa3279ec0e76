import type { GgufModel } from '../gguf/model-file.ts';
import { isRecurrentByInterval } from './kv-cache.ts';

/**
 * Bytes of the recurrent state of all layers, which does not depend on the context: one for each slot, in f32 (llama.cpp,
 * `llama_hparams::n_embd_r` and `n_embd_s`).
 */
export function recurrentStateBytes(model: GgufModel, slots: number): number {
  const perLayer = convolutionElements(model) + stateElements(model);
  return perLayer * recurrentLayers(model) * slots * 4;
}

function recurrentLayers(model: GgufModel): number {
  const { layers, layerTensors } = model;
  if (layers === null) return 0;
  const byTensors = layerTensors.filter(({ recurrent }) => recurrent).length;
  if (byTensors > 0) return byTensors;
  let count = 0;
  for (let layer = 0; layer < layers; layer++) {
    const hasHeads =
      typeof model.kvHeads === 'number' || model.kvHeads === null || model.kvHeads[layer] !== 0;
    if (isRecurrentByInterval(model, layer) ?? !hasHeads) count += 1;
  }
  return count;
}

function convolutionElements({ recurrent, embeddingLength, heads }: GgufModel): number {
  const { wkvHeadSize, tokenShifts, shortConvLength, deltaHeadLength, convKernel } = recurrent;
  const embedding = embeddingLength ?? 0;
  if (wkvHeadSize !== null) return (tokenShifts ?? 2) * embedding;
  if (shortConvLength !== null) return embedding * (shortConvLength - 1);
  if (deltaHeadLength !== null) return 3 * ((convKernel ?? 4) - 1) * firstOf(heads) * deltaHeadLength;
  const { innerSize, groups, stateSize } = recurrent;
  return ((convKernel ?? 1) - 1) * ((innerSize ?? 0) + 2 * (groups ?? 0) * (stateSize ?? 0));
}

function stateElements({ recurrent, embeddingLength, heads }: GgufModel): number {
  const { wkvHeadSize, deltaHeadLength, stateSize, innerSize } = recurrent;
  if (wkvHeadSize !== null) return (embeddingLength ?? 0) * wkvHeadSize;
  if (deltaHeadLength !== null) return firstOf(heads) * deltaHeadLength ** 2;
  return (stateSize ?? 0) * (innerSize ?? 0);
}

function firstOf(heads: GgufModel['heads']): number {
  return (
    (typeof heads === 'number' || heads === null ? heads : (heads.find((each) => each > 0) ?? null)) ?? 0
  );
}

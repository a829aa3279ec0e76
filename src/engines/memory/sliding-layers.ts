import type { GgufModel } from '../gguf/model-file.ts';

/**
 * The period of sliding layers by architecture, for files that do not name it: layer `i` slides unless it is the last of
 * its period (llama.cpp, `set_swa_pattern` in the loader of each architecture). Architectures that are not listed do not
 * slide even if their files name a window (`phi3`, `llama`), or are not known: then all layers count as full, which is
 * the upper bound.
 */
const PERIODS: Readonly<Record<string, number>> = {
  gemma2: 2,
  gemma3: 6,
  gemma3n: 5,
  'gpt-oss': 2,
  cohere2: 4,
  llama4: 4,
  olmo2: 4,
  exaone4: 4,
  'exaone-moe': 4,
  afmoe: 4,
  mellum: 4,
  plamo3: 8,
};

/** The first layer of each period has full attention, instead of the last. */
const FULL_FIRST: Readonly<Record<string, number>> = { smallthinker: 4 };

/** For each layer, does it see only the sliding window? */
export function slidingLayers(model: GgufModel, layers: number): readonly boolean[] {
  const { architecture, slidingWindow, slidingPattern } = model;
  if (slidingWindow === null) return Array.from({ length: layers }, () => false);
  const fullFirst = Object.hasOwn(FULL_FIRST, architecture) ? FULL_FIRST[architecture] : undefined;
  if (fullFirst !== undefined) return Array.from({ length: layers }, (_, index) => index % fullFirst !== 0);
  if (slidingPattern !== null && typeof slidingPattern !== 'number') {
    const { length } = slidingPattern;
    return Array.from({ length: layers }, (_, index) => slidingPattern[index % length] !== 0);
  }
  const usual = Object.hasOwn(PERIODS, architecture) ? PERIODS[architecture] : undefined;
  const period = slidingPattern ?? usual ?? 1;
  return Array.from({ length: layers }, (_, index) => period === 0 || index % period < period - 1);
}

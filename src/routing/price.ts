import type { ModelPrice } from './snapshot.ts';

/** US dollars per million tokens of a usual mixture: three tokens read for each one written. */
export function blendedPrice({ inputUsdPerMtok, outputUsdPerMtok }: ModelPrice): number {
  return (3 * inputUsdPerMtok + outputUsdPerMtok) / 4;
}

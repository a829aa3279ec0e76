import { GatewayError } from '../protocol/errors.ts';

/**
 * Throws `generation_mismatch` unless `current` is the generation that the caller has seen (`If-Match`); `expected` null:
 * no check. Call it in the turn of the change: of two operators who have seen the same generation, only one may succeed.
 */
export function checkGeneration(expected: number | null, current: number): void {
  if (expected === null || expected === current) return;
  const message = `If-Match requires generation ${expected}, but the current generation is ${current}`;
  throw new GatewayError('generation_mismatch', message);
}

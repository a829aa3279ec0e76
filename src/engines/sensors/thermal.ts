/** `soft`: work more slowly; `hard`: begin nothing. */
export type ThermalLevel = 'normal' | 'soft' | 'hard';

/** Limits in degrees Celsius; null: none. */
export interface ThermalLimits {
  readonly softC: number | null;
  readonly hardC: number | null;
}

/** The level of a pool, with what its next change depends on. Times in monotonic ms. */
export interface ThermalState {
  readonly level: ThermalLevel;
  /** Since when every reading asks for a higher level; null: the last one did not. */
  readonly aboveSince: number | null;
  /** Since when every reading allows a lower level; null: the last one did not. */
  readonly belowSince: number | null;
}

/** Before the first reading. */
export const COOL: ThermalState = { level: 'normal', aboveSince: null, belowSince: null };

/** As the workload watch of kyuz0/amd-strix-halo-toolboxes: 2 s up, 60 s down. */
const RISE_MS = 2_000;
const FALL_MS = 60_000;
const HYSTERESIS_C = 5;
const ORDER: readonly ThermalLevel[] = ['normal', 'soft', 'hard'];

/**
 * The state after a reading (°C). A level begins when its limit was reached for 2 s, and ends when the temperature was 5 °C
 * below it for 60 s. A reading that is missing (null) counts as below: a sensor that has gone must not stop the pool.
 */
export function afterReading(
  state: ThermalState,
  limits: ThermalLimits,
  temperatureC: number | null,
  now: number,
): ThermalState {
  const asked = levelAt(limits, temperatureC, 0);
  const held = levelAt(limits, temperatureC, HYSTERESIS_C);
  const rank = ORDER.indexOf(state.level);
  if (ORDER.indexOf(asked) > rank) {
    const aboveSince = state.aboveSince ?? now;
    if (now - aboveSince < RISE_MS) return { ...state, aboveSince, belowSince: null };
    return { level: asked, aboveSince: null, belowSince: null };
  }
  if (ORDER.indexOf(held) < rank) {
    const belowSince = state.belowSince ?? now;
    if (now - belowSince < FALL_MS) return { ...state, aboveSince: null, belowSince };
    return { level: held, aboveSince: null, belowSince: null };
  }
  return { level: state.level, aboveSince: null, belowSince: null };
}

/** The level that a temperature asks for when the limits are `lowered` by so many degrees. */
function levelAt(
  { softC, hardC }: ThermalLimits,
  temperatureC: number | null,
  lowered: number,
): ThermalLevel {
  if (temperatureC === null) return 'normal';
  if (hardC !== null && temperatureC >= hardC - lowered) return 'hard';
  return softC !== null && temperatureC >= softC - lowered ? 'soft' : 'normal';
}

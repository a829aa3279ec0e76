import type { LoadSettings } from '../../../protocol/engine.ts';
import type { SwitchFailure } from './switch-state.ts';

/**
 * What failed loads of one model lead to. Times in monotonic ms. A load that ran out of memory is tried once more with
 * settings that take less; after that, and after any other failure, the model is not loaded for requests until
 * `blockedUntil`, when one switch is let through.
 */
export interface LoadRecord {
  /** How far the settings are reduced: 0 not, 1 half the window, 2 a quantised cache too. */
  readonly rung: number;
  /** Failed switches in a row. */
  readonly failures: number;
  readonly blockedUntil: number;
  /** The last one; null: none. */
  readonly failure: SwitchFailure | null;
  /** The last load has not reached its engine: it says nothing about the model, and holds until the engine answers. */
  readonly unreached: boolean;
}

/** Nothing has failed. */
export const NO_FAILURES: LoadRecord = {
  rung: 0,
  failures: 0,
  blockedUntil: -Infinity,
  failure: null,
  unreached: false,
};

/** The same pauses as those of the breaker of a target. */
const BLOCK_MS = 30_000;
const LONGEST_BLOCK_MS = 300_000;
/** The model itself has not failed. A server that ends in an unload is back after seconds; then nothing is in the way. */
const UNTRIED_MS = 5_000;
/** Engines that choose the window themselves begin with one as large as fits; Ollama's next steps are these. */
const AUTOMATIC_CONTEXT = 32_768;
/** A smaller window serves hardly any request. */
const LEAST_CONTEXT = 4_096;

/** What the ladder needs to know of a model. */
export interface LadderModel {
  readonly contextLength: number | null;
  readonly largestContext: number | null;
  /** The window that its engine chose when nothing was reduced; null: not known. */
  readonly seenContext: number | null;
  readonly quantizesCache: boolean;
}

/** The settings of a rung; null: there is no such rung for this model. */
export function settingsAt(rung: number, model: LadderModel): LoadSettings | null {
  const full: LoadSettings = { contextLength: model.contextLength, quantizedCache: false };
  if (rung <= 0) return full;
  const from =
    model.contextLength ??
    model.seenContext ??
    Math.min(model.largestContext ?? AUTOMATIC_CONTEXT, 2 * AUTOMATIC_CONTEXT);
  const half = Math.floor(from / 2);
  const canShrink = half >= LEAST_CONTEXT;
  const contextLength = canShrink ? half : model.contextLength;
  if (rung === 1 && canShrink) return { contextLength, quantizedCache: false };
  const last = canShrink ? 2 : 1;
  return rung === last && model.quantizesCache ? { contextLength, quantizedCache: true } : null;
}

/** The settings to load with now: those of the rung that earlier failures have led to. */
export function currentSettings(record: LoadRecord, model: LadderModel): LoadSettings {
  return settingsAt(record.rung, model) ?? { contextLength: model.contextLength, quantizedCache: false };
}

/** The record after a load ran out of memory: the next load takes less, if there is such a rung. */
export function afterOutOfMemory(record: LoadRecord, model: LadderModel): LoadRecord {
  return settingsAt(record.rung + 1, model) === null ? record : { ...record, rung: record.rung + 1 };
}

/**
 * The record after the smallest settings were not small enough. Where nothing is known of the window that the engine
 * chooses, what was taken for less may be more: the next load leaves it to the engine again.
 */
export function afterLastRung(record: LoadRecord, { contextLength, seenContext }: LadderModel): LoadRecord {
  return contextLength === null && seenContext === null ? { ...record, rung: 0 } : record;
}

/**
 * The record after a switch for the model has failed. `wasTried` false: its engine could not be reached, or no load was
 * begun, since a model that was to make room was not unloaded. The pause is then shorter at first.
 */
export function afterFailedSwitch(
  record: LoadRecord,
  failure: SwitchFailure,
  wasTried: boolean,
  now: number,
): LoadRecord {
  const failures = record.failures + 1;
  const pause = wasTried ? BLOCK_MS * failures : UNTRIED_MS * 2 ** record.failures;
  return { ...record, failures, failure, blockedUntil: now + Math.min(pause, LONGEST_BLOCK_MS) };
}

/** The record after a load that succeeded: it keeps the settings that did fit. */
export function afterLoad(record: LoadRecord): LoadRecord {
  return { ...NO_FAILURES, rung: record.rung };
}

/**
 * The record of a model after a load of another one did not reach the engine of both: it is no better choice than that
 * one, whose pause it gets unless its own is longer.
 */
export function afterUnreached(record: LoadRecord, { blockedUntil, failure }: LoadRecord): LoadRecord {
  if (record.blockedUntil >= blockedUntil) return record;
  return { ...record, blockedUntil, failure, unreached: true };
}

/** The record once its engine answers. */
export function afterAnswer(record: LoadRecord): LoadRecord {
  return record.unreached ? { ...NO_FAILURES, rung: record.rung } : record;
}

/** Is the model not to be loaded for requests now? */
export function isBlocked(record: LoadRecord, now: number): boolean {
  return now < record.blockedUntil;
}

import { spanText } from '../../util/span-text.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** A measured duration in ms for a table: `0.4 ms`, `412 ms`, `1.6 s`, `2 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(ms < 10 * SECOND ? 1 : 0)} s`;
  const seconds = Math.round(ms / SECOND);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How long ago an ISO time was: `5 min ago`. */
export function agoText(at: string, now: number): string {
  return `${spanText(now - Date.parse(at))} ago`;
}

/** How long until an ISO time: `in 2 h`; `now` when it has passed. */
export function untilText(at: string, now: number): string {
  const ms = Date.parse(at) - now;
  return ms <= 0 ? 'now' : `in ${spanText(ms)}`;
}

/** An ISO time for a line of a log, in UTC: `2026-01-02 03:04:05`. */
export function timeText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)}`;
}

/** Seconds of a written duration: `90s`, `10m`, `2h`, `3d`, `1h30m`; null when it is none. */
export function parseDuration(text: string): number | null {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return null;
  let ms = 0;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)([smhd])/g)) {
    ms += Number(count) * (UNITS[unit] ?? 0);
  }
  return ms / SECOND;
}

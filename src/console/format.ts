/** `0.03 ms`, `5.48 ms`, `412 ms`, `1.63 s`, `2 min 5 s`; `–` when unknown. The only rounding of durations. */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 9.995) return `${ms.toFixed(2)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A span that counts down: `59 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `1,234` as the browser's language writes it; `–` when unknown. */
export function countText(value: number | null): string {
  return value === null ? '–' : value.toLocaleString();
}

/** Tokens of a window: `200k`, `1M`; `–` when unknown. Multiples of 1024 as vendors name them: 32768 is `32k`. */
export function tokens(count: number | null): string {
  if (count === null) return '–';
  if (count < 1_000_000 && count % 1024 === 0 && count > 0) return `${count / 1024}k`;
  if (count >= 1_000_000) return `${trimmed(count / 1_000_000)}M`;
  return count >= 1000 ? `${trimmed(count / 1000)}k` : String(count);
}

/** A price per million tokens: `$3`, `$0.05`. */
export function dollars(usd: number): string {
  return `$${usd >= 1 ? trimmed(usd) : String(Number(usd.toPrecision(2)))}`;
}

/** `provider/model` or `lane:NAME`; null: nothing. */
export function targetName(target: {
  readonly provider: string | null;
  readonly model_id: string | null;
  readonly lane: string | null;
}): string | null {
  if (target.lane !== null) return `lane:${target.lane}`;
  return target.provider === null || target.model_id === null
    ? null
    : `${target.provider}/${target.model_id}`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(value < 10 ? 1 : 0)));
}

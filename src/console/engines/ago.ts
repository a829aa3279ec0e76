import { span } from '../format.ts';

/** `12 s ago`, `3 h ago`, `just now`; `at` is ISO 8601, `now` milliseconds since 1970. */
export function ago(at: string, now: number): string {
  const ms = now - Date.parse(at);
  // The largest unit is enough, and its width hardly changes.
  return ms < 1000 ? 'just now' : `${span(ms).split(' ').slice(0, 2).join(' ')} ago`;
}

import { span } from '../format.ts';

/** `12 s ago`, `just now`; `at` is ISO 8601, `now` milliseconds since 1970. */
export function ago(at: string, now: number): string {
  const ms = now - Date.parse(at);
  return ms < 1000 ? 'just now' : `${span(ms)} ago`;
}

import type { Config } from './config.ts';
import { effective } from './effective.ts';
import { formatPath } from './faults.ts';
import { canonicalJson, isObject } from './files/json.ts';

/** The paths that differ between two configurations, sorted: `default_lane`, `lanes.coder`, `nodes.evaluate`. */
export function changedPaths(before: Config, after: Config): string[] {
  const [old, now] = [effective(before), effective(after)];
  const changed = keysOf(old, now).flatMap((section) => {
    const [was, is] = [old[section], now[section]];
    if (canonicalJson(was ?? null) === canonicalJson(is ?? null)) return [];
    if (!isObject(was) || !isObject(is)) return [[section]];
    return keysOf(was, is)
      .filter((key) => canonicalJson(was[key] ?? null) !== canonicalJson(is[key] ?? null))
      .map((key) => [section, key]);
  });
  return changed.map(formatPath).sort();
}

function keysOf(one: object, other: object): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

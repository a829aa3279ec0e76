import { nearestAdvice } from '../../util/nearest.ts';
import { FOREIGN_PATHS, type ForeignPath } from './foreign-paths.ts';
import type { KnownRoutes } from './known-paths.ts';

/** Longer paths are not looked at: they come from callers. */
const PATH_MAX = 300;

/** The calls that clients build from their base URL, and which API each belongs to. The longest come first. */
const CALLS: readonly (readonly [string, 'openai' | 'anthropic'])[] = [
  ['/messages/count_tokens', 'anthropic'],
  ['/chat/completions', 'openai'],
  ['/completions', 'openai'],
  ['/embeddings', 'openai'],
  ['/rerank', 'openai'],
  ['/moderations', 'openai'],
  ['/audio/speech', 'openai'],
  ['/audio/transcriptions', 'openai'],
  ['/audio/translations', 'openai'],
  ['/images/generations', 'openai'],
  ['/images/edits', 'openai'],
  ['/images/variations', 'openai'],
  ['/responses', 'openai'],
  ['/messages', 'anthropic'],
  ['/models', 'openai'],
];

const BASE_URL = {
  openai: 'the base URL of an OpenAI client ends in /v1',
  anthropic: 'the base URL of an Anthropic client has no path',
} as const;

/**
 * What to do about a path without a route, as the end of a message; empty for a path that is too long. In this
 * order: a call of another API, a wrong base URL, the nearest route, the page with links.
 */
export function wrongPathAdvice(path: string, routes: KnownRoutes): string {
  if (path.length > PATH_MAX) return '';
  const foreign = foreignPath(path, routes);
  if (foreign !== null) return `: ${foreign.advice}`;
  if (path === '/v1')
    return `: that is a base URL; chat is POST /v1/chat/completions, the models are GET /v1/models`;
  const advice = baseUrlAdvice(path, routes) ?? nearestAdvice(path, routes.suggestions);
  return advice === '' ? '; GET / has links to all calls' : advice;
}

/** The row of another API's path; none once the call that it is named after is served. */
function foreignPath(path: string, routes: KnownRoutes): ForeignPath | null {
  return FOREIGN_PATHS.find(({ label, pattern }) => !routes.has(label) && pattern.test(path)) ?? null;
}

/** A call of the data plane whose base URL was wrong; null for any other path. */
function baseUrlAdvice(path: string, routes: KnownRoutes): string | null {
  const slim = path.replaceAll(/\/{2,}/g, '/');
  const found = CALLS.find(([tail]) => slim.endsWith(tail));
  if (found === undefined) return null;
  const [tail, api] = found;
  if (!routes.has(`/v1${tail}`)) return null;
  const before = slim.slice(0, -tail.length);
  return `: ${whatIsWrong(before, tail)}; the call is /v1${tail}, ${BASE_URL[api]}`;
}

function whatIsWrong(before: string, tail: string): string {
  if (before === '') return 'the path lacks /v1';
  if (before === '/v1') return 'the path has a slash too many';
  if (/^(?:\/v1){2,}$/.test(before)) return 'the path has /v1 twice';
  if (before.includes(tail)) return `the base URL already contains ${tail}`;
  return `the path begins with ${before.replace(/\/v1$/, '')}`;
}

/** A label of metrics for a path: a route's URL or the name of a foreign call; null for any other path. */
export function pathLabel(path: string, routes: KnownRoutes): string | null {
  const url = routes.urlOf(path);
  if (url !== null) return url;
  if (path.length > PATH_MAX) return null;
  const foreign = foreignPath(path, routes);
  if (foreign !== null) return foreign.label;
  const tail = CALLS.find(([call]) => path.endsWith(call))?.[0];
  // Which call it was meant to be says enough; the rest of the path is the client's.
  return tail === undefined ? null : `*${tail}`;
}

import { PREFLIGHT_ROUTE } from '../plugins/cors.ts';

/** The paths of all routes, as patterns. */
export interface KnownRoutes {
  /** The URL of the route that serves a path, with its parameters by name; null without one. */
  urlOf(path: string): string | null;
  /** Is there a route with exactly this URL? */
  has(url: string): boolean;
  /** The URLs without wildcards, parameters in braces, to be suggested for a path without a route. */
  readonly suggestions: readonly string[];
}

/** Collects routes as they are registered. */
export class RouteTable implements KnownRoutes {
  readonly #exact = new Set<string>();
  readonly #patterns: { readonly url: string; readonly pattern: RegExp }[] = [];

  /** Made at the first wrong path, when all routes are registered. */
  #suggestions: readonly string[] | null = null;

  /** Adds a route; the catch-all for preflights is none. */
  add(url: string): void {
    if (url === PREFLIGHT_ROUTE || this.#exact.has(url)) return;
    this.#exact.add(url);
    if (!/[:*]/.test(url)) return;
    const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z]+/g, '[^/]+');
    this.#patterns.push({ url, pattern: new RegExp(`^${source.replaceAll('*', '.*')}$`) });
  }

  urlOf(path: string): string | null {
    if (this.#exact.has(path)) return path;
    return this.#patterns.find(({ pattern }) => pattern.test(path))?.url ?? null;
  }

  has(url: string): boolean {
    return this.#exact.has(url);
  }

  get suggestions(): readonly string[] {
    this.#suggestions ??= [...this.#exact]
      .filter((url) => !url.includes('*'))
      .map((url) => url.replaceAll(/:([A-Za-z]+)/g, '{$1}'));
    return this.#suggestions;
  }
}

import { PREFLIGHT_ROUTE } from '../plugins/cors.ts';

/** The paths of all routes, as patterns. Paths are those of `pathOf`: without query and final slash. */
export interface KnownRoutes {
  /** The URL of the route that serves a path, with its parameters by name; null without one. */
  urlOf(path: string): string | null;
  /** The methods that a path accepts; empty for a path without a route. */
  methodsOf(path: string): string[];
  /** Is there a route with exactly this URL? */
  has(url: string): boolean;
  /** The URLs without wildcards, parameters in braces, to be suggested for a path without a route. */
  readonly suggestions: readonly string[];
}

interface Pattern {
  readonly url: string;
  readonly pattern: RegExp;
}

/**
 * Collects routes as they are registered. A route without parameters hides those with: what
 * `/api/debug/models/{node}` accepts says nothing about `/api/debug/models/reset`.
 */
export class RouteTable implements KnownRoutes {
  /** The methods of each URL. */
  readonly #methods = new Map<string, Set<string>>();
  readonly #patterns: Pattern[] = [];

  /** Made at the first wrong path, when all routes are registered. */
  #suggestions: readonly string[] | null = null;

  /** Adds a route; the catch-all for preflights is none. */
  add(url: string, methods: readonly string[]): void {
    if (url === PREFLIGHT_ROUTE) return;
    const known = this.#methods.get(url);
    this.#methods.set(url, new Set([...(known ?? []), ...methods]));
    if (known !== undefined || !/[:*]/.test(url)) return;
    const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, '[^/]+');
    this.#patterns.push({ url, pattern: new RegExp(`^${source.replaceAll('*', '.*')}$`) });
  }

  urlOf(path: string): string | null {
    return this.#urlsOf(path)[0] ?? null;
  }

  methodsOf(path: string): string[] {
    return [...new Set(this.#urlsOf(path).flatMap((url) => [...(this.#methods.get(url) ?? [])]))];
  }

  has(url: string): boolean {
    return this.#methods.has(url);
  }

  get suggestions(): readonly string[] {
    this.#suggestions ??= [...this.#methods.keys()]
      .filter((url) => !url.includes('*'))
      .map((url) => url.replaceAll(/:(\w+)/g, '{$1}'));
    return this.#suggestions;
  }

  #urlsOf(path: string): string[] {
    if (this.#methods.has(path)) return [path];
    return this.#patterns.filter(({ pattern }) => pattern.test(path)).map(({ url }) => url);
  }
}

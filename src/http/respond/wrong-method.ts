import type { FastifyInstance } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';
import { PREFLIGHT_ROUTE } from '../plugins/cors.ts';

/** 405 that names the methods to use, in words and as `allow`. */
export function methodNotAllowed(method: string, path: string, methods: readonly string[]): GatewayError {
  // Every GET comes with a HEAD.
  const named = methods.filter((each) => each !== 'HEAD' || !methods.includes('GET'));
  const last = named.at(-1) ?? '';
  const words = named.length > 1 ? `${named.slice(0, -1).join(', ')} or ${last}` : last;
  return new GatewayError(
    'method_not_allowed',
    `${path.slice(0, 200)} does not support ${method}; use ${words}`,
    { allow: methods.join(', ') },
  );
}

interface Row {
  readonly pattern: RegExp;
  readonly method: string;
}

/**
 * Returns the methods that a path accepts, from the routes as they are registered. A route without parameters hides
 * those with: what `/api/debug/models/{node}` accepts says nothing about `/api/debug/models/reset`.
 */
export function methodTable(app: FastifyInstance): (path: string) => string[] {
  const fixed = new Map<string, string[]>();
  const rows: Row[] = [];
  app.addHook('onRoute', ({ url, method, config }) => {
    // The catch-all for preflights does not show which paths exist.
    if (url === PREFLIGHT_ROUTE || config?.wrongMethod === true) return;
    const methods = [method].flat();
    if (!/[:*]/.test(url)) {
      fixed.set(url, [...(fixed.get(url) ?? []), ...methods]);
      return;
    }
    const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[A-Za-z]+/g, '[^/]+');
    const pattern = new RegExp(`^${source.replaceAll('*', '.*')}/?$`);
    for (const each of methods) rows.push({ pattern, method: each });
  });
  return (path) => {
    const methods = fixed.get(path.length > 1 ? path.replace(/\/$/, '') : path);
    const matching = rows.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods ?? matching)];
  };
}

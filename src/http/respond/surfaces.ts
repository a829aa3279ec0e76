import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Surface } from '../../wire/surface.ts';
import { openAiSurface } from '../../wire/surfaces/openai.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of the data plane's routes: what its clients expect around a body. */
    surface?: Surface;
  }
}

/** Errors of Laneway's own API, and of paths that belong to no surface, look like this. */
export const OWN_SURFACE: Surface = openAiSurface;

/** The surface on which a request is answered. */
export type SurfaceOf = (request: FastifyRequest) => Surface;

/**
 * Learns from the routes, as they are registered, which surface answers what: a route's own, and for a path without a
 * route that of the nearest route above it.
 */
export function surfaceTable(app: FastifyInstance): SurfaceOf {
  const surfaces = new Map<string, Surface>();
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.surface !== undefined) surfaces.set(url, config.surface);
  });
  return ({ routeOptions, url }) => routeOptions.config.surface ?? above(url, surfaces) ?? OWN_SURFACE;
}

function above(url: string, surfaces: ReadonlyMap<string, Surface>): Surface | null {
  let path = url.split(/[?#]/, 1)[0] ?? '';
  while (path !== '') {
    const surface = surfaces.get(path);
    if (surface !== undefined) return surface;
    path = path.slice(0, path.lastIndexOf('/'));
  }
  return null;
}

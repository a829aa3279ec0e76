import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Surface } from '../../wire/surface.ts';
import { openAiSurface } from '../../wire/surfaces/openai.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** On data-plane routes: the surface that their clients expect. */
    surface?: Surface;
  }
}

/** Surface of Laneway's own API, and of paths that belong to no surface. */
export const CONTROL_PLANE_SURFACE: Surface = openAiSurface;

/** Returns the surface that a request is answered on. */
export type SurfaceOf = (request: FastifyRequest) => Surface;

/**
 * Collects the surfaces of routes as they are registered. A request gets its route's surface; a path without a route gets
 * that of the nearest route above it.
 */
export function surfaceTable(app: FastifyInstance): SurfaceOf {
  const surfaces = new Map<string, Surface>();
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.surface !== undefined) surfaces.set(url, config.surface);
  });
  return ({ routeOptions, url }) =>
    routeOptions.config.surface ?? surfaceAbove(url, surfaces) ?? CONTROL_PLANE_SURFACE;
}

function surfaceAbove(url: string, surfaces: ReadonlyMap<string, Surface>): Surface | null {
  let path = url.split(/[?#]/, 1)[0] ?? '';
  while (path !== '') {
    const surface = surfaces.get(path);
    if (surface !== undefined) return surface;
    path = path.slice(0, path.lastIndexOf('/'));
  }
  return null;
}

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Surface } from '../../wire/surface.ts';
import { anthropicSurface } from '../../wire/surfaces/anthropic.ts';
import { openAiSurface } from '../../wire/surfaces/openai.ts';
import { foreignSurface } from '../refusals/foreign-paths.ts';
import { pathOf } from '../refusals/printable.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** On data-plane routes: the surface that their clients expect. */
    surface?: Surface;
  }
}

/** Surface of Laneway's own API, and of paths that belong to no surface. */
export const CONTROL_PLANE_SURFACE: Surface = openAiSurface;

/** Surfaces whose clients are recognised by a header. */
const RECOGNISED: readonly Surface[] = [anthropicSurface];

/** Returns the surface that a request is answered on. */
export type SurfaceOf = (request: FastifyRequest) => Surface;

/** The surface of a client that its headers give away, on whatever path; null: they do not. */
export function surfaceOfClient(headers: Readonly<Record<string, unknown>>): Surface | null {
  for (const surface of RECOGNISED) {
    if (surface.clientHeader !== null && headers[surface.clientHeader] !== undefined) return surface;
  }
  return null;
}

/**
 * The surface of a data-plane request: its route's, whose streams and headers it keeps. Errors before a stream begins
 * take the envelope that the client understands. No object is created: each combination is built once.
 */
export function requestSurface(route: Surface, headers: Readonly<Record<string, unknown>>): Surface {
  const client = surfaceOfClient(headers);
  if (client === null || client === route) return route;
  let mixed = MIXED.get(route)?.get(client);
  if (mixed === undefined) {
    mixed = {
      ...route,
      clientHeader: client.clientHeader,
      requestIdHeader: client.requestIdHeader,
      passesError: () => false,
      errorBody: (error, requestId) => client.errorBody(error, requestId),
    };
    MIXED.set(route, new Map(MIXED.get(route)).set(client, mixed));
  }
  return mixed;
}

const MIXED = new Map<Surface, ReadonlyMap<Surface, Surface>>();

/**
 * Collects the surfaces of routes as they are registered. A request gets the surface of its client, if its headers give
 * that away, else its route's; a path without a route gets that of the nearest route above it.
 */
export function surfaceTable(app: FastifyInstance): SurfaceOf {
  const surfaces = new Map<string, Surface>();
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.surface !== undefined) surfaces.set(url, config.surface);
  });
  return ({ routeOptions, url, headers }) =>
    surfaceOfClient(headers) ??
    routeOptions.config.surface ??
    surfaceAbove(url, surfaces) ??
    foreignSurface(pathOf(url)) ??
    CONTROL_PLANE_SURFACE;
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

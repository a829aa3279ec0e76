import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

import { pageServer } from '../respond/page-server.ts';

/** Milliseconds (a year): the names of the files below `/assets` change with their content. */
const ASSETS_MAX_AGE_MS = 365 * 24 * 60 * 60 * 1000;

/** Builds a server that never listens and answers with the built files of the console in `directory`. */
export async function consoleServer(directory: string): Promise<FastifyInstance> {
  const app = pageServer();
  await app.register(fastifyStatic, {
    root: directory,
    index: 'index.html',
    cacheControl: false,
    setHeaders: (reply, path) => {
      const isAsset = /[/\\]assets[/\\]/.test(path);
      void reply.header(
        'cache-control',
        isAsset ? `public, max-age=${ASSETS_MAX_AGE_MS / 1000}, immutable` : 'no-cache',
      );
    },
  });
  await app.ready();
  return app;
}

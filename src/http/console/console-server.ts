import { join } from 'node:path';

import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

import { pageServer } from '../respond/page-server.ts';

/** Seconds (a year): the names of the files below `/assets` change with their content. */
const ASSETS_MAX_AGE_S = 365 * 24 * 60 * 60;

/** Builds a server that never listens and answers with the built files of the console in `directory`. */
export async function consoleServer(directory: string): Promise<FastifyInstance> {
  const app = pageServer();
  await app.register(fastifyStatic, {
    root: join(directory, 'assets'),
    prefix: '/assets/',
    index: false,
    // The build has written them; the page itself is less than 1 KB.
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply) => {
      void reply.header('cache-control', `public, max-age=${ASSETS_MAX_AGE_S}, immutable`);
    },
  });
  await app.register(fastifyStatic, {
    root: directory,
    index: 'index.html',
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply) => {
      void reply.header('cache-control', 'no-cache');
    },
  });
  await app.ready();
  return app;
}

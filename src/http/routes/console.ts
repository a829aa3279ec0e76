import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { HttpPorts } from '../ports.ts';
import { pageHeaders } from '../respond/page-headers.ts';
import { answerByPageServer } from '../respond/page-server.ts';

/** The console runs no inline scripts or styles, and calls this gateway only. */
const HEADERS = pageHeaders("script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'");

/** Answers a request for a page or file of the console. */
export type ServeConsole = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** The files of the console; `GET /` sends browsers its page. Returns null if it was not built. */
export function registerConsole(app: FastifyInstance, { consoleDirectory }: HttpPorts): ServeConsole | null {
  if (consoleDirectory === null) return null;
  let server: Promise<FastifyInstance> | null = null;
  const serve: ServeConsole = async (request, reply) => {
    server ??= import('../console/console-server.ts').then(({ consoleServer }) =>
      consoleServer(consoleDirectory),
    );
    return answerByPageServer(await server, request, reply, HEADERS);
  };
  const options = { config: { role: 'public' }, schema: { hide: true } } as const;
  app.get('/assets/*', options, serve);
  app.get('/icon.svg', options, serve);
  return serve;
}

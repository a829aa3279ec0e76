import Fastify from 'fastify';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

import { requireRoles } from '../../src/http/control-plane.ts';
import {
  accessCheck,
  registerCredentialCheck,
  registerOriginCheck,
  type AccessRules,
} from '../../src/http/authenticate/authenticate.ts';
import { Sessions } from '../../src/http/authenticate/sessions.ts';
import { registerCors } from '../../src/http/plugins/cors.ts';
import { registerErrors } from '../../src/http/respond/errors.ts';
import { surfaceTable } from '../../src/http/respond/surfaces.ts';
import { RefusedRequests } from '../../src/http/refusals/refusals.ts';
import type { HttpPorts } from '../../src/http/ports.ts';
import { systemClock } from '../../src/util/clock.ts';

/** An answer as far as access decides it. */
export interface AccessAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly code: string | null;
}

/** The gateway's front door with one route of each role behind it. */
export interface AccessServer {
  readonly port: number;
  /** Headers are sent as written, `host` included; `[name, value, …]` sends a name twice. */
  ask(method: string, path: string, headers: readonly string[]): Promise<AccessAnswer>;
  stop(): Promise<void>;
}

/** Starts one on a free loopback port; `listen` is the address that is really bound. */
export async function startAccessServer(rules: AccessRules, listen = '127.0.0.1'): Promise<AccessServer> {
  const app = Fastify({ http: { requireHostHeader: false }, forceCloseConnections: true });
  const access = accessCheck(rules, new Sessions(Date.now));
  requireRoles(app);
  const refusals = new RefusedRequests({ wall: Date.now, log: { warn: () => undefined } });
  const ports = { maxBodyBytes: 1024, log: { error: () => undefined }, refusals } as unknown as HttpPorts;
  registerErrors(app, ports, surfaceTable(app));
  registerOriginCheck(app, access, systemClock);
  registerCors(app, access.readableBy);
  registerCredentialCheck(app, access, systemClock);
  const actor = (request: { actor: string }): object => ({ actor: request.actor });
  app.get('/health', { config: { role: 'public' } }, actor);
  app.get('/ready', { config: { role: 'public' } }, actor);
  app.post('/v1/chat/completions', { config: { role: 'client' } }, actor);
  app.get('/v1/models', { config: { role: 'client' } }, actor);
  app.get('/api/debug/models', { config: { role: 'admin' } }, actor);
  await app.listen({ host: listen, port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    port,
    ask: (method, path, headers) => ask(port, method, path, headers),
    stop: () => app.close(),
  };
}

/** Sends one request with exactly these headers, `[name, value, …]`. */
export function ask(
  port: number,
  method: string,
  path: string,
  headers: readonly string[],
): Promise<AccessAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: [...headers, 'content-length', '0'],
      setHost: false,
      agent: false,
    });
    sent.on('error', reject);
    sent.on('response', (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => (text += piece));
      reply.on('end', () => {
        const body = text.startsWith('{') ? (JSON.parse(text) as { error?: { code: string } }) : {};
        resolve({
          status: reply.statusCode ?? 0,
          headers: reply.headers,
          text,
          code: body.error?.code ?? null,
        });
      });
    });
    sent.end();
  });
}

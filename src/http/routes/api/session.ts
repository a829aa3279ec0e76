import { z } from 'zod';

import { GatewayError } from '../../../protocol/errors.ts';
import { isToken } from '../../authenticate/authenticate.ts';
import { FailedSignIns } from '../../authenticate/failed-sign-ins.ts';
import {
  beginCookie,
  crossOriginSession,
  endCookie,
  isSameOrigin,
  sessionId,
} from '../../authenticate/session-cookie.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const TOKEN_MAX = 1_000;

const bodySchema = z.strictObject({ token: z.string().min(1).max(TOKEN_MAX) });

const DESCRIPTION = [
  "The cookie is accepted in place of the token by Laneway's own API and `/docs`, for pages of this gateway only, and never",
  'by calls of models. It lasts 12 hours, and ends with the gateway. Without a token configured no cookie is set.',
].join('\n');

/** `POST /api/session`: exchanges the token for a cookie; `DELETE`: ends the session. */
export function registerSession(app: ControlPlane, { access, sessions, clock }: HttpPorts): void {
  const failed = new FailedSignIns(clock.now);
  const { adminToken } = access;

  app.post(
    '/api/session',
    {
      config: { role: 'public' },
      schema: {
        tags: ['operations'],
        summary: 'Sign a browser in with the token',
        description: DESCRIPTION,
        body: bodySchema,
        response: { 204: z.null().describe('Signed in: `set-cookie` has the session.') },
      },
    },
    async (request, reply) => {
      if (!isSameOrigin(request)) throw crossOriginSession(request.headers.origin);
      if (adminToken === null) return reply.code(204).send(null);
      const { remoteAddress = '' } = request.socket;
      failed.check(remoteAddress);
      if (!isToken(request.body.token, adminToken)) {
        failed.add(remoteAddress);
        void reply.header('www-authenticate', 'Bearer');
        throw new GatewayError('invalid_api_key', 'the token is not valid');
      }
      const earlier = sessionId(request);
      if (earlier !== null) sessions.end(earlier);
      void reply.header('set-cookie', beginCookie(request, sessions.begin()));
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/api/session',
    {
      config: { role: 'public' },
      schema: {
        tags: ['operations'],
        summary: 'Sign a browser out',
        response: { 204: z.null().describe('The session has ended, or there was none.') },
      },
    },
    async (request, reply) => {
      if (!isSameOrigin(request)) throw crossOriginSession(request.headers.origin);
      const id = sessionId(request);
      if (id !== null) sessions.end(id);
      void reply.header('set-cookie', endCookie(request));
      return reply.code(204).send(null);
    },
  );
}

import type { FastifyInstance, HTTPMethods } from 'fastify';

import { GatewayError } from '../../../protocol/errors.ts';
import { ollamaSurface } from '../../../wire/surfaces/ollama.ts';

/** Calls with which Ollama's clients change the models of a server. */
const CALLS: readonly (readonly [HTTPMethods, string])[] = [
  ['POST', '/api/pull'],
  ['POST', '/api/push'],
  ['POST', '/api/create'],
  ['POST', '/api/copy'],
  ['DELETE', '/api/delete'],
  ['HEAD', '/api/blobs/:digest'],
  ['POST', '/api/blobs/:digest'],
];

/** Refuses the calls that manage models. They have no place in the document of the API. */
export function registerOllamaManagement(app: FastifyInstance): void {
  for (const [method, url] of CALLS) {
    app.route({
      method,
      url,
      config: { role: 'client', surface: ollamaSurface, anyBodyType: true },
      schema: { hide: true },
      handler: () => {
        throw new GatewayError(
          'route_not_found',
          `${method} ${url.replace('/:digest', '')}: Laneway does not manage models; send this call to the Ollama server itself`,
        );
      },
    });
  }
}

import type { FastifyInstance, FastifySchema } from 'fastify';

import type { DirectFormat } from '../protocol/wire.ts';
import { DIRECT_PATHS } from '../wire/openai-direct/paths.ts';
import { openAiSurface } from '../wire/surfaces/openai.ts';
import { registerDataPlane, type DataPlaneRoute } from './data-plane.ts';
import type { HttpPorts } from './ports.ts';

/** Registers a direct call at its path below `/v1`. */
export function registerDirect(
  app: FastifyInstance,
  ports: HttpPorts,
  wire: DirectFormat,
  route: Omit<DataPlaneRoute, 'wire' | 'surface'>,
): void {
  registerDataPlane(app, ports, `/v1${DIRECT_PATHS[wire]}`, { ...route, wire, surface: openAiSurface });
}

/** The description of a direct call; `reference`: its place in OpenAI's API reference. */
export function directSchema(summary: string, description: string, reference: string): FastifySchema {
  return {
    tags: ['data plane'],
    summary: `${summary} (OpenAI)`,
    description: [
      description,
      'Passed to the one provider that `model` names by its full id, such as `openai/whisper-1`; an alias of one is allowed,',
      'a node or lane is not. Nothing else in the request and the reply is read.',
    ].join('\n'),
    externalDocs: {
      description: 'API reference',
      url: `https://platform.openai.com/docs/api-reference/${reference}`,
    },
  };
}

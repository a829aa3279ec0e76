import { z } from 'zod';

import { PLAIN_CHAT } from '../../../protocol/facts.ts';
import { resolveName } from '../../../routing/name.ts';
import type { Snapshot } from '../../../routing/snapshot.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import {
  laneView,
  listSchema,
  modelList,
  modelSchema,
  modelView,
  nodeView,
  type ModelView,
} from '../../views/model-list.ts';

const querySchema = z.looseObject({
  client_version: z.string().optional().describe('Sent by Codex: adds the key that it reads.'),
});

/**
 * Codex (0.171) reads its own list, `models`, and takes a model's instructions from there: an entry without any is
 * refused, and one with some replaces the instructions that Codex has itself for models that it does not know. So the
 * list is empty, which it accepts.
 */
const NO_CODEX_MODELS: { models: never[] } = { models: [] };

/** `GET /v1/models` and `/v1/models/{id}`: nodes, lanes and models, in a shape that all clients can read. */
export function registerModels(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/v1/models',
    {
      config: { role: 'client' },
      schema: {
        tags: ['data plane'],
        summary: 'All names that a request may use',
        description:
          'Nodes and lanes by name, models by full id, in a shape that OpenAI and Anthropic clients can read.',
        querystring: querySchema,
        response: { 200: listSchema },
      },
    },
    ({ query }) => {
      const data = modelList(ports.registry.snapshot);
      return {
        object: 'list' as const,
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more: false as const,
        ...(query.client_version === undefined ? null : NO_CODEX_MODELS),
      };
    },
  );

  // A wildcard, since ids contain slashes, raw or percent-encoded (wire case 169).
  app.get(
    '/v1/models/*',
    {
      config: { role: 'client' },
      schema: {
        tags: ['data plane'],
        summary: 'One node, lane or model',
        description:
          'By any name that a request may use. Slashes in a model id may be raw or percent-encoded.',
        params: z.object({ '*': z.string() }),
        response: { 200: modelSchema },
      },
    },
    (request) => {
      const id = request.params['*'];
      const { snapshot } = ports.registry;
      const found = modelList(snapshot).find((model) => model.id === id);
      return found ?? byName(id, snapshot);
    },
  );
}

/** Resolves any other name that a request may use. Throws 404 with the closest matches. */
function byName(id: string, snapshot: Snapshot): ModelView {
  const headers = { node: null, lane: null, hints: [], noFallback: false };
  const destination = resolveName({ facts: { ...PLAIN_CHAT, model: id }, headers }, snapshot);
  switch (destination.kind) {
    case 'node':
      return nodeView(destination.node);
    case 'lane':
      return laneView(destination.lane);
    case 'model':
      return modelView(destination.model);
  }
}

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

/** `GET /v1/models` and `/v1/models/{id}`: nodes, lanes and models in a shape that every client takes. */
export function registerModels(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/v1/models',
    {
      config: { role: 'client' },
      schema: {
        tags: ['data plane'],
        summary: 'Everything that a request may name',
        description:
          'Nodes and lanes by name, every model by full id, in a shape that OpenAI and Anthropic clients read.',
        response: { 200: listSchema },
      },
    },
    () => {
      const data = modelList(ports.registry.snapshot);
      return {
        object: 'list' as const,
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more: false as const,
      };
    },
  );

  // A wildcard, since ids hold slashes, raw or percent-encoded (wire case 169).
  app.get(
    '/v1/models/*',
    {
      config: { role: 'client' },
      schema: {
        tags: ['data plane'],
        summary: 'One node, lane or model',
        description: 'By any name that a request may use; slashes of a model id raw or percent-encoded.',
        params: z.object({ '*': z.string() }),
        response: { 200: modelSchema },
      },
    },
    (request) => {
      const id = request.params['*'];
      const { snapshot } = ports.registry;
      const found = modelList(snapshot).find((model) => model.id === id);
      return found ?? named(id, snapshot);
    },
  );
}

/** Any other way that requests may name a node, lane or model. Throws 404 with the nearest matches. */
function named(id: string, snapshot: Snapshot): ModelView {
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

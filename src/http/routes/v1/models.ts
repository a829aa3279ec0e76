import type { FastifyInstance } from 'fastify';

import { PLAIN_CHAT } from '../../../protocol/facts.ts';
import { resolveName } from '../../../routing/name.ts';
import type { Snapshot } from '../../../routing/snapshot.ts';
import { laneView, modelList, modelView, nodeView, type ModelView } from '../../views/model-list.ts';
import type { HttpPorts } from '../../ports.ts';

/** `GET /v1/models` and `/v1/models/{id}`: nodes, lanes and models in a shape that every client takes. */
export function registerModels(app: FastifyInstance, ports: HttpPorts): void {
  app.get('/v1/models', () => {
    const data = modelList(ports.execution.snapshot());
    return {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: false,
    };
  });

  // A wildcard, since ids hold slashes, raw or percent-encoded (wire case 169).
  app.get<{ Params: { '*': string } }>('/v1/models/*', (request) => {
    const id = request.params['*'];
    const snapshot = ports.execution.snapshot();
    const found = modelList(snapshot).find((model) => model.id === id);
    return found ?? named(id, snapshot);
  });
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

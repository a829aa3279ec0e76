import { z } from 'zod';

import { GatewayError } from '../../../../../protocol/errors.ts';
import type { NodeEntry } from '../../../../../routing/snapshot.ts';
import type { ControlPlane } from '../../../../control-plane.ts';
import { nodeConfigFields, nodeConfigTarget } from '../../../../node-config-request.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { reasonSchema } from '../../../../switch-request.ts';
import {
  nodeConfigSchema,
  nodeConfigView,
  nodeLayers,
  type NodeConfigView,
} from '../../../../views/node-config.ts';
import { currentSources } from '../../../../views/switched.ts';
import { noteOf } from './providers.ts';

/** `GET /api/v1/llm/config` and `PUT …/{interaction_type}`: what serves each node, and with which parameters. */
export function registerNodeConfig(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;

  app.get(
    '/api/v1/llm/config',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Model, parameters and fallbacks of all nodes',
        response: {
          200: z.object({ generation: z.int(), config: z.record(z.string(), nodeConfigSchema) }),
        },
      },
    },
    () => {
      const { generation } = registry.snapshot;
      return { generation, config: Object.fromEntries(nodeConfigs(ports)) };
    },
  );

  app.put(
    '/api/v1/llm/config/:interaction_type',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Set model, parameters and fallbacks of a node, in place of what an earlier call has set',
        params: z.object({ interaction_type: z.string() }),
        body: z.strictObject({ ...nodeConfigFields, reason: reasonSchema }),
        response: { 200: nodeConfigSchema },
      },
    },
    async (request) => {
      const { reason = null, ...body } = request.body;
      const note = { ...noteOf(request, ports), reason, expiresAt: null };
      const node = nodeOf(request.params.interaction_type, ports);
      const target = nodeConfigTarget({ subject: node.name, kind: 'node', node }, body, ports);
      await registry.assign({ user: null, subject: node.name }, target, note);
      return nodeConfigView(registry.node(node.name), currentSources(ports), nodeLayers(ports.configuration));
    },
  );
}

/** The views of all nodes by name, sorted. */
export function nodeConfigs(ports: HttpPorts): [string, NodeConfigView][] {
  const sources = currentSources(ports);
  const layerOf = nodeLayers(ports.configuration);
  const nodes = [...sources.snapshot.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return nodes.map((node) => [node.name, nodeConfigView(node, sources, layerOf)]);
}

/** A node by the parameter of the path. Throws `node_not_found`, which names that parameter. */
function nodeOf(name: string, { registry }: HttpPorts): NodeEntry {
  try {
    return registry.node(name);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new GatewayError(error.code, error.message, { ...error.options, param: 'interaction_type' });
  }
}

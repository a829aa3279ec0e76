import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { GatewayError } from '../../../../protocol/errors.ts';
import type { Warning } from '../../../../protocol/wire.ts';
import { judgeTarget, type JudgedTarget, type SwitchTarget } from '../../../../routing/fitness.ts';
import type { NodeEntry } from '../../../../routing/snapshot.ts';
import { ownBody } from '../../../own-body.ts';
import type { HttpPorts } from '../../../ports.ts';
import { assignmentView, availableModels, type AssignmentView } from '../../../views/assignment.ts';

/** No client keys yet: whoever may speak to a loopback gateway is its operator. */
const ACTOR = 'local';

const switchSchema = z.strictObject({
  provider: z.string().min(1).optional(),
  model_id: z.string().min(1).optional(),
  lane: z.string().min(1).optional(),
  reason: z.string().max(500).nullish(),
  force: z.boolean().optional(),
});

type SwitchBody = z.infer<typeof switchSchema>;

/** `/api/debug/models`: what stands behind each node, and the switch. */
export function registerDebugModels(app: FastifyInstance, ports: HttpPorts): void {
  const { execution, registry, clock } = ports;
  const view = (node: NodeEntry): AssignmentView =>
    assignmentView(node, execution.snapshot(), registry, execution.health, clock.now());

  app.get('/api/debug/models', (_request, reply) => {
    const snapshot = execution.snapshot();
    void reply.header('etag', `"${snapshot.generation}"`);
    const nodes = [...snapshot.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      generation: snapshot.generation,
      available: availableModels(snapshot, execution.health, clock.now()),
      assignments: Object.fromEntries(nodes.map((node) => [node.name, view(node)])),
    };
  });

  app.put<{ Params: { node: string } }>('/api/debug/models/:node', async (request) => {
    requireGeneration(request, execution.snapshot().generation);
    const body = ownBody(request, switchSchema);
    const to = switchTarget(body);
    const node = registry.node(request.params.node);
    const judged = judgeTarget(node, to, execution.snapshot());
    if (body.force !== true) refuseUnfit(node, judged);
    const previous = view(node);
    await registry.assign(node.name, judged.assignment, { reason: body.reason ?? null, actor: ACTOR });
    return changed(registry.node(node.name), previous, warningsOf(node, judged));
  });

  app.delete<{ Params: { node: string } }>('/api/debug/models/:node', async (request) => {
    requireGeneration(request, execution.snapshot().generation);
    const node = registry.node(request.params.node);
    const previous = view(node);
    await registry.clear(node.name, ACTOR);
    return changed(registry.node(node.name), previous, []);
  });

  app.post('/api/debug/models/reset', async (request) => {
    requireGeneration(request, execution.snapshot().generation);
    ownBody(request, z.strictObject({}));
    return registry.reset(ACTOR);
  });

  function changed(
    node: NodeEntry,
    previous: AssignmentView,
    warnings: readonly Warning[],
  ): Record<string, unknown> {
    const { provider, model_id, lane } = previous;
    return {
      node: node.name,
      generation: execution.snapshot().generation,
      ...view(node),
      previous: { provider, model_id, lane },
      warnings,
    };
  }
}

/** `If-Match` with another generation than the present one: somebody was faster (API section 3). Throws 412. */
function requireGeneration(request: FastifyRequest, generation: number): void {
  const asked = request.headers['if-match'];
  if (asked === undefined || asked.replaceAll('"', '') === String(generation)) return;
  throw new GatewayError(
    'generation_mismatch',
    `If-Match asks for generation ${asked}; it is ${generation} now`,
  );
}

/** Exactly one way to name the target. */
function switchTarget({ provider, model_id, lane }: SwitchBody): SwitchTarget {
  if (lane !== undefined && provider === undefined && model_id === undefined) return { lane };
  if (lane === undefined && provider !== undefined && model_id !== undefined)
    return { provider, modelId: model_id };
  throw new GatewayError('invalid_body', 'say either "provider" and "model_id", or "lane"', {
    param: lane === undefined ? (provider === undefined ? 'provider' : 'model_id') : 'lane',
  });
}

/** A model that its server does not list is not found rather than unfit (API section 4). */
function refuseUnfit(node: NodeEntry, { assignment, unfit }: JudgedTarget): void {
  const [first] = unfit;
  if (first === undefined) return;
  const target = assignment.model ?? `lane:${assignment.lane ?? ''}`;
  if (unfit.length === 1 && first.code === 'not_served') {
    throw new GatewayError('model_not_found', `${target}: ${first.reason}`, { param: 'model_id' });
  }
  const reasons = unfit.map(({ reason }) => reason).join('; ');
  const message = `${target} does not suit node "${node.name}": ${reasons}; "force": true assigns it all the same`;
  throw new GatewayError('unfit_target', message, { detail: { reasons: unfit } });
}

/** What a forced switch went against; and vectors of two models never mix (DESIGN section 5). */
function warningsOf(node: NodeEntry, { unfit }: JudgedTarget): Warning[] {
  const warnings: Warning[] = unfit.map(({ code, reason }) => ({ code, detail: reason }));
  if (node.kind === 'embeddings') {
    warnings.push({
      code: 'vectors_do_not_mix',
      detail: 'stored vectors of the former model must be made anew',
    });
  }
  return warnings;
}

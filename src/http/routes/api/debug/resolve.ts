import { z } from 'zod';

import { withOutlook } from '../../../../execution/admit/outlook.ts';
import { planRequest } from '../../../../execution/plan-request.ts';
import type { Kind } from '../../../../protocol/capabilities.ts';
import { GatewayError } from '../../../../protocol/errors.ts';
import type { RequestFacts, RoutingHeaders } from '../../../../protocol/facts.ts';
import type { WireFormat } from '../../../../protocol/wire.ts';
import type { Plan } from '../../../../routing/plan.ts';
import { resolve } from '../../../../routing/resolve.ts';
import type { Snapshot } from '../../../../routing/snapshot.ts';
import { shorten } from '../../../../util/shorten.ts';
import { wireOf } from '../../../../wire/wires.ts';
import { routingHeaders, userOf } from '../../../receive/accept-request.ts';
import { check, type ControlPlane, jsonBody } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import {
  chatBodySchema,
  completionBodySchema,
  embeddingsBodySchema,
  factsSchema,
  rerankBodySchema,
  resolvedSchema,
  scoredTargets,
} from '../../../views/plan.ts';

/** The field that holds the input of a data-plane request, and the wire format it implies. */
const INPUT_FIELDS: readonly (readonly [string, WireFormat])[] = [
  ['messages', 'openai-chat'],
  ['documents', 'rerank'],
  ['input', 'openai-embeddings'],
  ['prompt', 'openai-completions'],
];

/** The request to plan. */
interface PlanRequest {
  readonly facts: RequestFacts;
  readonly headers: RoutingHeaders;
  readonly user: string | null;
  /** null: only facts were given. */
  readonly body: Buffer | null;
}

/** `POST /api/debug/resolve`: the plan that a request would get; nothing is sent. */
export function registerDebugResolve(app: ControlPlane, ports: HttpPorts): void {
  app.post(
    '/api/debug/resolve',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'The plan for a request, without sending it',
        body: z.union([
          chatBodySchema,
          embeddingsBodySchema,
          completionBodySchema,
          rerankBodySchema,
          factsSchema,
        ]),
        response: { 200: resolvedSchema },
      },
      // The handler distinguishes the bodies, which gives clearer errors than a union.
      validatorCompiler: () => () => true,
    },
    (request) => {
      const bytes: unknown = request.body;
      const headers = routingHeaders(request);
      const user = userOf(request);
      const { snapshot: snapshotFor, health } = ports.execution;
      const planned =
        fromDataPlaneBody(bytes, headers, user) ?? fromFacts(bytes, headers, user, snapshotFor(user));
      const now = ports.clock.now();
      const snapshot = snapshotFor(planned.user);
      const { body } = planned;
      const plan =
        body === null
          ? resolve(planned, snapshot, health.at(now))
          : planRequest(planned, body, snapshot, health.at(now));
      return planView(withOutlook(plan, snapshot, ports.execution), now);
    },
  );
}

function planView(plan: Plan, now: number): z.infer<typeof resolvedSchema> {
  const { facts } = plan;
  return {
    generation: plan.generation,
    requested: plan.destination.requested,
    node: plan.node?.name ?? null,
    lane: plan.lane?.name ?? null,
    rule: plan.rule,
    facts: {
      estimated_tokens: facts.estimatedTokens,
      max_output_tokens: facts.maxOutputTokens,
      size_bytes: facts.sizeBytes,
      stream: facts.stream,
      needs: [...facts.needs],
    },
    targets: scoredTargets(plan, now),
    warnings: [...plan.warnings],
  };
}

/** Reads a data-plane body, recognised by its input field; null when the body contains facts. */
function fromDataPlaneBody(body: unknown, headers: RoutingHeaders, user: string | null): PlanRequest | null {
  const value = jsonBody(body);
  if (!Buffer.isBuffer(body) || typeof value !== 'object' || value === null) return null;
  const format = INPUT_FIELDS.find(([field]) => field in value)?.[1];
  return format === undefined ? null : { facts: wireOf(format).scan(body).facts, headers, user, body };
}

/** Reads a body of facts. Throws `invalid_body`. */
function fromFacts(
  body: unknown,
  headers: RoutingHeaders,
  user: string | null,
  snapshot: Snapshot,
): PlanRequest {
  const value = jsonBody(body);
  rejectTargetFields(value);
  const checked = check(factsSchema, value, 'the body');
  if ('error' in checked) throw checked.error;
  const facts = checked.value;
  const hints = facts.is_repository === true ? [...headers.hints, 'repository' as const] : headers.hints;
  return {
    facts: {
      model: facts.model === '' ? null : (facts.model ?? null),
      kind: facts.kind ?? kindOf(headers.node ?? facts.model ?? '', snapshot),
      stream: false,
      estimatedTokens: facts.estimated_tokens ?? 0,
      maxOutputTokens: facts.max_output_tokens ?? null,
      sizeBytes: facts.size_bytes ?? 0,
      needs: facts.needs ?? [],
    },
    headers: { ...headers, hints },
    user: facts.user ?? user,
    body: null,
  };
}

/** Bodies of switches have `lane` and `node`; here, as in requests to models, `model` names either. */
function rejectTargetFields(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, name] of Object.entries(value)) {
    if (field !== 'lane' && field !== 'node') continue;
    const example = `${field}:${typeof name === 'string' ? shorten(name) : 'NAME'}`;
    throw new GatewayError('invalid_body', `the body: unknown field "${field}"; send "model": "${example}"`, {
      param: field,
    });
  }
}

/** The kind of requests that a node or model serves; chat for any other name. */
function kindOf(name: string, { nodes, models }: Snapshot): Kind {
  return nodes.get(name.replace(/^node:/, ''))?.kind ?? models.get(name)?.kind ?? 'chat';
}

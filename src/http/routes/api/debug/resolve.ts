import { z } from 'zod';

import { planTargets } from '../../../../execution/record/plan-text.ts';
import type { Kind } from '../../../../protocol/capabilities.ts';
import type { RequestFacts, RoutingHeaders } from '../../../../protocol/facts.ts';
import type { WireFormat } from '../../../../protocol/wire.ts';
import type { Plan } from '../../../../routing/plan.ts';
import { resolve } from '../../../../routing/resolve.ts';
import type { Snapshot } from '../../../../routing/snapshot.ts';
import { wireOf } from '../../../../wire/wires.ts';
import { routingHeaders, userOf } from '../../../receive/accept-request.ts';
import { check, type ControlPlane } from '../../../control-plane.ts';
import { jsonBody } from '../../../control-plane-body.ts';
import type { HttpPorts } from '../../../ports.ts';
import {
  chatBodySchema,
  completionBodySchema,
  embeddingsBodySchema,
  factsSchema,
  resolvedSchema,
} from '../../../views/plan.ts';

/** The field that holds the input of a request of the data plane, and the wire that its body is of. */
const INPUT_FIELDS: readonly (readonly [string, WireFormat])[] = [
  ['messages', 'openai-chat'],
  ['input', 'openai-embeddings'],
  ['prompt', 'openai-completions'],
];

/** What a body of this call asks. */
interface Question {
  readonly facts: RequestFacts;
  readonly headers: RoutingHeaders;
  readonly user: string | null;
}

/** `POST /api/debug/resolve`: the plan that a request would get, without sending anything. */
export function registerDebugResolve(app: ControlPlane, ports: HttpPorts): void {
  app.post(
    '/api/debug/resolve',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'The plan that a request would get, without sending anything',
        body: z.union([chatBodySchema, embeddingsBodySchema, completionBodySchema, factsSchema]),
        response: { 200: resolvedSchema },
      },
      // Which of them it is, and what is wrong with it, the handler says better than a union.
      validatorCompiler: () => () => true,
    },
    (request) => {
      const bytes: unknown = request.body;
      const headers = routingHeaders(request);
      const user = userOf(request);
      const { snapshot: snapshotFor, health } = ports.execution;
      const question =
        requestBody(bytes, headers, user) ?? writtenQuestion(bytes, headers, user, snapshotFor(user));
      const now = ports.clock.now();
      return shown(resolve(question, snapshotFor(question.user), health.at(now)), now);
    },
  );
}

function shown(plan: Plan, now: number): z.infer<typeof resolvedSchema> {
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
    targets: planTargets(plan, now),
    warnings: [...plan.warnings],
  };
}

/** A request of the data plane, which the field with its input tells; null: the body holds facts. */
function requestBody(body: unknown, headers: RoutingHeaders, user: string | null): Question | null {
  const value = jsonBody(body);
  if (!Buffer.isBuffer(body) || typeof value !== 'object' || value === null) return null;
  const format = INPUT_FIELDS.find(([field]) => field in value)?.[1];
  return format === undefined ? null : { facts: wireOf(format).scan(body).facts, headers, user };
}

function writtenQuestion(
  body: unknown,
  headers: RoutingHeaders,
  user: string | null,
  snapshot: Snapshot,
): Question {
  const checked = check(factsSchema, jsonBody(body), 'the body');
  if ('error' in checked) throw checked.error;
  const written = checked.value;
  const hints = written.is_repository === true ? [...headers.hints, 'repository' as const] : headers.hints;
  return {
    facts: {
      model: written.model === '' ? null : (written.model ?? null),
      kind: written.kind ?? kindOf(headers.node ?? written.model ?? '', snapshot),
      stream: false,
      estimatedTokens: written.estimated_tokens ?? 0,
      maxOutputTokens: written.max_output_tokens ?? null,
      sizeBytes: written.size_bytes ?? 0,
      needs: written.needs ?? [],
    },
    headers: { ...headers, hints },
    user: written.user ?? user,
  };
}

/** The kind of requests that a node or a model is for; of any other name chat. */
function kindOf(name: string, { nodes, models }: Snapshot): Kind {
  return nodes.get(name.replace(/^node:/, ''))?.kind ?? models.get(name)?.kind ?? 'chat';
}

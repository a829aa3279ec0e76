import { z } from 'zod';

import { planTargets } from '../../../../execution/plan-text.ts';
import type { RequestFacts, RoutingHeaders } from '../../../../protocol/facts.ts';
import type { Plan } from '../../../../routing/plan.ts';
import { resolve } from '../../../../routing/resolve.ts';
import { WIRES } from '../../../../wire/wires.ts';
import { routingHeaders, userOf } from '../../../arrival.ts';
import { judge, type OwnApi } from '../../../own-api.ts';
import { jsonBody } from '../../../own-body.ts';
import type { HttpPorts } from '../../../ports.ts';
import { chatBodySchema, factsSchema, resolvedSchema } from '../../../views/plan.ts';

/** What a body of this call asks. */
interface Question {
  readonly facts: RequestFacts;
  readonly headers: RoutingHeaders;
  readonly user: string | null;
}

/** `POST /api/debug/resolve`: the plan that a request would get, without sending anything. */
export function registerDebugResolve(app: OwnApi, ports: HttpPorts): void {
  app.post(
    '/api/debug/resolve',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'The plan that a request would get, without sending anything',
        body: z.union([chatBodySchema, factsSchema]),
        response: { 200: resolvedSchema },
      },
      // Which of the two it is, and what is wrong with it, the handler says better than a union.
      validatorCompiler: () => () => true,
    },
    (request) => {
      const bytes: unknown = request.body;
      const headers = routingHeaders(request);
      const question = isChatBody(bytes)
        ? { facts: WIRES['openai-chat'].scan(bytes).facts, headers, user: userOf(request) }
        : writtenQuestion(bytes, headers, userOf(request));
      const now = ports.clock.now();
      const { snapshot, health } = ports.execution;
      return shown(resolve(question, snapshot(question.user), health.at(now)), now);
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

function isChatBody(body: unknown): body is Buffer {
  const value = jsonBody(body);
  return typeof value === 'object' && value !== null && 'messages' in value;
}

function writtenQuestion(body: unknown, headers: RoutingHeaders, user: string | null): Question {
  const judged = judge(factsSchema, jsonBody(body), 'the body');
  if ('error' in judged) throw judged.error;
  const written = judged.value;
  const hints = written.is_repository === true ? [...headers.hints, 'repository' as const] : headers.hints;
  return {
    facts: {
      model: written.model === '' ? null : (written.model ?? null),
      kind: 'chat',
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

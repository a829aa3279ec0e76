import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { planTargets } from '../../../../execution/plan-text.ts';
import type { RequestFacts } from '../../../../protocol/facts.ts';
import { resolve } from '../../../../routing/resolve.ts';
import { readOpenAiChat } from '../../../../wire/openai-chat/request.ts';
import { routingHeaders } from '../../../arrival.ts';
import { jsonBody, ownBody } from '../../../own-body.ts';
import type { HttpPorts } from '../../../ports.ts';

/** Facts written down instead of a chat body (API section 4). */
const factsSchema = z.strictObject({
  model: z.string().nullish(),
  estimated_tokens: z.int().min(0).nullish(),
  max_output_tokens: z.int().min(0).nullish(),
  size_bytes: z.int().min(0).nullish(),
  is_repository: z.boolean().nullish(),
  needs: z.array(z.enum(['tools', 'vision', 'json_schema'])).nullish(),
  user: z.string().nullish(),
});

/** `POST /api/debug/resolve`: the plan that a request would get, without sending anything. */
export function registerDebugResolve(app: FastifyInstance, ports: HttpPorts): void {
  app.post('/api/debug/resolve', (request) => {
    const { snapshot, health } = ports.execution;
    const headers = routingHeaders(request);
    const chat = isChatBody(request.body);
    const written = chat ? null : ownBody(request, factsSchema);
    const facts = written === null ? readOpenAiChat(request.body as Buffer).facts : writtenFacts(written);
    const hints = written?.is_repository === true ? [...headers.hints, 'repository' as const] : headers.hints;
    const now = ports.clock.now();
    const plan = resolve({ facts, headers: { ...headers, hints } }, snapshot(), health.at(now));
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
        needs: facts.needs,
      },
      targets: planTargets(plan, now),
      warnings: plan.warnings,
    };
  });
}

function isChatBody(body: unknown): body is Buffer {
  const value = jsonBody(body);
  return typeof value === 'object' && value !== null && 'messages' in value;
}

function writtenFacts(written: z.infer<typeof factsSchema>): RequestFacts {
  return {
    model: written.model === '' ? null : (written.model ?? null),
    kind: 'chat',
    stream: false,
    estimatedTokens: written.estimated_tokens ?? 0,
    maxOutputTokens: written.max_output_tokens ?? null,
    sizeBytes: written.size_bytes ?? 0,
    needs: written.needs ?? [],
  };
}

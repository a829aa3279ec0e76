import { z } from 'zod';

import { GatewayError } from '../../../../../../protocol/errors.ts';
import { checkTarget } from '../../../../../../routing/fitness.ts';
import { findModel } from '../../../../../../routing/name.ts';
import { parseModelId } from '../../../../../../protocol/model-id.ts';
import type { NodeEntry, Snapshot } from '../../../../../../routing/snapshot.ts';
import type { ControlPlane } from '../../../../../control-plane.ts';
import type { HttpPorts } from '../../../../../ports.ts';
import { nodeConfigs } from '../config.ts';

const rowSchema = z.object({
  interaction_type: z.string(),
  purpose: z.string().nullable(),
  model: z.string().describe('A full model id, or `lane:NAME`.'),
  temperature: z.number().nullable(),
  source: z.string(),
});

const reasonsSchema = z.array(z.object({ code: z.string(), reason: z.string() }));

const resultSchema = z.object({
  interaction_type: z.string(),
  valid: z.boolean(),
  provider: z.string().nullable(),
  model_id: z.string().nullable(),
  reasons: reasonsSchema.describe('Facts for which the node cannot use its target or a fallback.'),
});

/** `GET /api/v1/llm/config/summary` and `…/validate`. */
export function registerNodeConfigReports(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/v1/llm/config/summary',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'One line for each node',
        response: { 200: z.object({ rows: z.array(rowSchema), text: z.string() }) },
      },
    },
    () => {
      const rows = nodeConfigs(ports).map(([, entry]) => ({
        interaction_type: entry.interaction_type,
        purpose: entry.purpose,
        model: entry.lane === null ? `${entry.provider ?? ''}/${entry.model_id ?? ''}` : `lane:${entry.lane}`,
        temperature: entry.temperature,
        source: entry.source,
      }));
      return { rows, text: rows.map(lineOf).join('\n') };
    },
  );

  app.get(
    '/api/v1/llm/config/validate',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Check whether each node can use its target; calls no server',
        response: { 200: z.object({ valid: z.boolean(), results: z.array(resultSchema) }) },
      },
    },
    () => {
      const { snapshot } = ports.registry;
      const results = nodeConfigs(ports).map(([name, { provider, model_id }]) => {
        const reasons = reasonsOf(ports.registry.node(name), snapshot);
        return { interaction_type: name, valid: reasons.length === 0, provider, model_id, reasons };
      });
      return { valid: results.every(({ valid }) => valid), results };
    },
  );
}

function lineOf({ interaction_type: name, model, temperature }: z.infer<typeof rowSchema>): string {
  return `${name}: ${model}${temperature === null ? '' : ` at ${temperature}`}`;
}

function reasonsOf(node: NodeEntry, snapshot: Snapshot): z.infer<typeof reasonsSchema> {
  const unknown = node.fallbacks
    .filter((id) => findModel(id, snapshot) === null)
    .map((id) => ({ code: 'model_not_found', reason: `unknown fallback "${id}"` }));
  return [...assignmentReasons(node, snapshot), ...unknown];
}

function assignmentReasons(node: NodeEntry, snapshot: Snapshot): z.infer<typeof reasonsSchema> {
  const { model, lane } = node.assignment;
  const parts = model === null ? null : parseModelId(model);
  try {
    const target = parts ?? { lane: lane ?? '' };
    return checkTarget(node, target, snapshot).unfit.map(({ code, reason }) => ({ code, reason }));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [{ code: error.code, reason: error.message }];
  }
}

import { z } from 'zod';

import { GatewayError } from '../../../../protocol/errors.ts';
import type { Engines } from '../../../../engines/engines.ts';
import { findTarget } from '../../../../routing/fitness.ts';
import type { ModelEntry } from '../../../../routing/snapshot.ts';
import { unreadableFile, unreadableText } from '../../../../routing/unreadable-file.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import { doneOrThrow } from '../../../engine-result.ts';
import { engineStarted, engineStarting } from '../../../engine-start.ts';
import type { HttpPorts } from '../../../ports.ts';
import { wantsAsync } from '../../../prefer.ts';

const paramsSchema = z.object({
  provider: z.string().min(1),
  id: z.string().min(1).describe('The id of the model without its provider, percent-encoded.'),
});

const bodySchema = z.strictObject({
  force: z.boolean().optional().describe('Cut requests in progress instead of waiting for them.'),
});

const doneSchema = z.object({
  provider: z.string(),
  model_id: z.string(),
  state: z.enum(['loaded', 'unloaded']),
  load_ms: z.int().nullable().describe('null: nothing had to be loaded.'),
});

const acceptedSchema = z.object({
  accepted: z.literal(true),
  switch_id: z.string(),
  provider: z.string(),
  model: z.string(),
});

const DESCRIPTION = {
  load: 'Loads the model, and unloads others if it needs their memory. Requests in progress end first.',
  unload: 'Unloads the model once its requests in progress have ended.',
} as const;

/** `POST /api/engines/{provider}/models/{id}/load` and `/unload`. */
export function registerEngineModel(app: ControlPlane, ports: HttpPorts): void {
  registerVerb('load', app, ports);
  registerVerb('unload', app, ports);
}

function registerVerb(verb: 'load' | 'unload', app: ControlPlane, { engines, registry }: HttpPorts): void {
  const schema = {
    tags: ['engines'],
    summary: verb === 'load' ? 'Load a model' : 'Unload a model',
    description: `${DESCRIPTION[verb]} With \`Prefer: respond-async\` the reply is 202, and \`switch\` events of kind \`engine\` report the progress.`,
    params: paramsSchema,
    body: bodySchema,
    response: { 200: doneSchema, 202: acceptedSchema },
  };
  app.post(
    `/api/engines/:provider/models/:id/${verb}`,
    { config: { role: 'admin' }, schema },
    async (request, reply) => {
      const { provider, id } = request.params;
      const named = findTarget(provider, id, registry.snapshot);
      if (!(await engineStarted(engines, named.id))) throw engineStarting(engines, named.id);
      const model = findTarget(provider, id, registry.snapshot);
      if (verb === 'load') refuseUnreadable(model);
      const call = engines.operate(verb, model.id, request.body.force === true);
      if (call === null) throw notOnEngine(model, engines);
      const target = { provider: model.provider.id, model_id: model.modelId };
      if (call.switchId !== null && wantsAsync(request)) {
        void reply.code(202).header('preference-applied', 'respond-async');
        return {
          accepted: true as const,
          switch_id: call.switchId,
          provider: target.provider,
          model: target.model_id,
        };
      }
      const { state, loadMs } = doneOrThrow(await call.result);
      return { ...target, state, load_ms: loadMs === null ? null : Math.round(loadMs) };
    },
  );
}

/** Throws for a model that the configuration names and whose only file cannot be used. */
function refuseUnreadable({ id, provider, modelId, file, inList }: ModelEntry): void {
  const broken = file === undefined && inList !== true ? unreadableFile(provider, modelId) : null;
  if (broken !== null) throw unfit(id, 'loaded', 'not_served', unreadableText(provider, broken));
}

/** The error for a model that no engine has. */
function notOnEngine({ id, provider }: ModelEntry, engines: Engines): GatewayError {
  const isEngine = engines.views().some((view) => view.provider === provider.id);
  return isEngine
    ? unfit(id, 'loaded or unloaded', 'not_served', `${provider.name} does not list it`)
    : unfit(id, 'loaded or unloaded', 'not_allowed', 'its provider is no local engine');
}

function unfit(id: string, what: string, code: string, reason: string): GatewayError {
  const detail = { reasons: [{ code, reason }] };
  return new GatewayError('unfit_target', `${id} cannot be ${what}: ${reason}`, { detail });
}

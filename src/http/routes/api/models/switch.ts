import { z } from 'zod';

import { GatewayError } from '../../../../protocol/errors.ts';
import type { SwitchNote } from '../../../../registry/assignments/assignments.ts';
import type { Registry } from '../../../../registry/registry.ts';
import { findTarget, laneSubject, ineligibilities } from '../../../../routing/fitness.ts';
import type { LaneOverride, ModelEntry } from '../../../../routing/snapshot.ts';
import type { OverrideKey } from '../../../../protocol/assignment.ts';
import { userOf } from '../../../receive/accept-request.ts';
import type { EventHub } from '../../../events/event-hub.ts';
import { switchEvent } from '../../../events/sources.ts';
import { requireGeneration } from '../../../if-match.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import { switchInProgress } from '../../../engine-result.ts';
import { engineStarted } from '../../../engine-start.ts';
import { reportLoaded, untilLoaded, type HotSwap } from '../../../hot-swap.ts';
import { wantsAsync } from '../../../prefer.ts';
import { preflight, preflightSchema } from '../../../preflight/preflight.ts';
import {
  expiryOf,
  modelFields,
  namedModel,
  outlookWarnings,
  rejectIneligible,
  rollbackOf,
  rollbackWarnings,
  switchOptions,
  switchWarnings,
  withRoom,
} from '../../../switch-request.ts';
import { unfitSchema, warningSchema } from '../../../views/shapes.ts';

const bodySchema = z.strictObject({
  provider: z.string().min(1),
  ...modelFields,
  reason: switchOptions.reason,
  expires_in_s: switchOptions.expires_in_s,
  dry_run: switchOptions.dry_run,
  force: switchOptions.force,
  preflight: switchOptions.preflight,
  rollback: switchOptions.rollback,
});

const preflightShown = preflightSchema.optional().describe('With `preflight` only.');

const targetSchema = z.object({ provider: z.string(), model: z.string() });

const doneSchema = targetSchema.extend({
  success: z.literal(true),
  generation: z.int(),
  load_ms: z.int().nullable().describe('null: nothing had to be loaded.'),
  warnings: z
    .array(warningSchema)
    .describe('Failed checks that `force` overrode; why the model cannot answer now, and who does.'),
  preflight: preflightShown,
});

const dryRunSchema = targetSchema.extend({
  dry_run: z.literal(true),
  fit: z.boolean(),
  reasons: z.array(unfitSchema),
  warnings: z.array(warningSchema),
  generation: z.int(),
  preflight: preflightShown,
});

const acceptedSchema = targetSchema.extend({
  accepted: z.literal(true),
  switch_id: z.string(),
  preflight: preflightShown,
});

const DESCRIPTION = [
  'Prepends the model to the chain of the default lane: for all users or, with the header `x-laneway-user`, for that user.',
  'A model that an engine has to load first is loaded: the reply waits for it, and if it cannot be loaded, what was active',
  'before is active again.',
  'Requests in progress are not affected. With `dry_run` nothing changes, and the reply reports whether the model would',
  'fit. With `Prefer: respond-async` the reply is 202, and a `switch` event with the `switch_id` reports completion.',
  'With `preflight` the model is loaded and answers a short request first, and the reply waits for that in every case.',
].join('\n');

/** `POST /api/models/switch`: prepends a model to the chain of the default lane. */
export function registerModelSwitch(app: ControlPlane, ports: HttpPorts): void {
  const schema = {
    tags: ['model bar'],
    summary: 'Switch the active model',
    description: DESCRIPTION,
    body: bodySchema,
    response: { 200: z.union([doneSchema, dryRunSchema]), 202: acceptedSchema },
  };
  const { registry, clock, engines } = ports;
  const asyncSwitches = new AsyncSwitches(ports);

  app.post('/api/models/switch', { config: { role: 'admin' }, schema }, async (request, reply) => {
    const { body } = request;
    const user = userOf(request);
    const snapshot = registry.snapshotFor(user);
    const { generation, defaultLane } = snapshot;
    const ifGeneration = requireGeneration(request, generation);
    const lane = registry.lane(defaultLane, user);
    const model = findTarget(body.provider, modelOf(body), snapshot, 'model');
    const target = { provider: model.provider.id, model: model.modelId };
    const to = { model: model.id, lane: null };
    const eligible = { assignment: to, unfit: ineligibilities(laneSubject(lane), model, snapshot) };
    const checked = withRoom(eligible, ports);
    const { unfit } = checked;
    if (body.dry_run !== true && body.force !== true) {
      // A forced switch would load it too, and fail.
      const advice = unfit.length > eligible.unfit.length ? '' : undefined;
      rejectIneligible(`the lane "${lane.name}"`, checked, 'model', advice);
    }
    const switched = { kind: 'lane', lane: { ...lane, override: overrideOf(model.id) } } as const;
    const tested = await preflight({ switched, user, body }, { request, reply }, ports);
    const { shown } = tested;
    if (body.dry_run === true) {
      const warnings = [...tested.warnings, ...outlookWarnings(switched, user, ports)];
      const fit = unfit.length === 0;
      return { dry_run: true as const, fit, reasons: [...unfit], warnings, ...target, generation, ...shown };
    }

    const key = { user, subject: `lane:${lane.name}` };
    const note = {
      reason: body.reason ?? null,
      actor: request.actor,
      expiresAt: expiryOf(body.expires_in_s, clock.wall()),
      switchId: request.id.replace(/^req_/, 'sw_'),
      ifGeneration,
      ...rollbackOf(body),
    };
    // One that is not started in time loads the model for the first request.
    const isStarted = await engineStarted(engines, model.id);
    const swap = isStarted ? beginSwap(model, key, body.force === true, ports) : null;
    const { switchId = null } = swap?.call ?? {};
    if (wantsAsync(request)) {
      if (swap === null) await asyncSwitches.assign(key, model.id, note);
      else {
        // Its event would look like the end of the switch, which is that of the load.
        const { switchId: _, ...unnamed } = note;
        await registry.assign(key, to, unnamed);
        void reportLoaded(swap, note.switchId, ports);
      }
      void reply.code(202).header('preference-applied', 'respond-async');
      return { accepted: true as const, switch_id: switchId ?? note.switchId, ...target, ...shown };
    }
    await registry.assign(key, to, note);
    const loadMs = swap === null ? null : await untilLoaded(swap, registry);
    return {
      success: true as const,
      ...target,
      generation: registry.snapshotFor(user).generation,
      load_ms: loadMs === null ? (shown.preflight?.load_ms ?? null) : Math.round(loadMs),
      warnings: [
        ...switchWarnings(laneSubject(lane), unfit),
        ...tested.warnings,
        ...rollbackWarnings(body, key, ports),
        ...outlookWarnings({ kind: 'lane', lane: registry.lane(defaultLane, user) }, user, ports),
      ],
      ...shown,
    };
  });
}

/**
 * Begins to load a model that an engine has to load first, or joins a load of it that has begun; null: none has to. Throws
 * `switch_in_progress` while a switch to another model runs in the same pool, before anything has changed.
 */
function beginSwap(
  model: ModelEntry,
  key: OverrideKey,
  force: boolean,
  { engines, registry }: HttpPorts,
): HotSwap | null {
  if (!engines.manages(model.id)) return null;
  const busy = engines.switchOf(model.id);
  if (busy !== null && busy.to !== model.id) {
    const remainingMs = busy.to === null ? null : engines.loadState(busy.to).remainingMs;
    const unloads = busy.from === null ? [] : [busy.from];
    throw switchInProgress({ switchId: busy.switch_id, target: busy.to, unloads, remainingMs });
  }
  const call = engines.operate('load', model.id, force);
  return call === null ? null : { call, model, key, before: registry.override(key) };
}

/** The override that a dry run assumes. */
function overrideOf(model: string): LaneOverride {
  return { model, reason: null, actor: '', at: '', expiresAt: null };
}

function modelOf(body: z.infer<typeof bodySchema>): string {
  const model = namedModel(body);
  if (model === undefined) throw new GatewayError('invalid_body', 'model: missing', { param: 'model' });
  return model;
}

/** Switches that a caller awaits by id: their `switch` event is sent even when nothing had to change. */
class AsyncSwitches {
  readonly #registry: Registry;
  readonly #events: EventHub;
  /** Ids whose event has not been sent yet. */
  readonly #waiting = new Set<string>();

  constructor({ registry, events }: HttpPorts) {
    this.#registry = registry;
    this.#events = events;
    registry.onAssignment(({ switchId }) => {
      if (switchId !== undefined) this.#waiting.delete(switchId);
    });
  }

  /** Resolves once the switch is durable, which takes milliseconds; so errors still reach the caller directly. */
  async assign(
    key: OverrideKey,
    model: string,
    note: SwitchNote & { readonly switchId: string },
  ): Promise<void> {
    const { switchId, actor, reason } = note;
    this.#waiting.add(switchId);
    try {
      await this.#registry.assign(key, { model, lane: null }, note);
      if (!this.#waiting.has(switchId)) return;
      const { generation } = this.#registry.snapshotFor(key.user);
      const unchanged = { from: model, to: model, action: 'switch' } as const;
      this.#events.publish('switch', switchEvent({ ...unchanged, key, actor, reason, generation, switchId }));
    } finally {
      this.#waiting.delete(switchId);
    }
  }
}

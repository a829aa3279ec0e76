import { z } from 'zod';

import { PLAIN_CHAT } from '../../../../../protocol/facts.ts';
import { laneOf } from '../../../../../routing/chain.ts';
import { ineligibilities, laneSubject } from '../../../../../routing/fitness.ts';
import { recommend } from '../../../../../routing/recommendation.ts';
import { resolve } from '../../../../../routing/resolve.ts';
import { meets } from '../../../../../routing/score.ts';
import type { HealthView } from '../../../../../routing/plan.ts';
import type { ModelEntry, Requirements, Snapshot } from '../../../../../routing/snapshot.ts';
import type { ControlPlane } from '../../../../control-plane.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { assignmentSubject, type AssignmentSubject } from '../../../../subject.ts';
import { measure, measuredView, recommendationSchema } from '../../../../views/recommendation.ts';

/** The part of the ledger that is measured: models and servers change. */
const DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

const DESCRIPTION = [
  'Compares the present model with the other available ones of its kind that meet the requirements of the lane, by the',
  'median time and the error rate of the last 7 days and the configured price. Nothing is ever switched by itself.',
].join('\n');

/** `GET /api/debug/models/{node}/recommendation`: a better model for a node or lane, with the reason. */
export function registerRecommendation(app: ControlPlane, ports: HttpPorts): void {
  const { registry, execution, clock, store } = ports;
  app.get(
    '/api/debug/models/:node/recommendation',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'A better model for a node or lane:NAME, from what was measured',
        description: DESCRIPTION,
        params: z.object({ node: z.string() }),
        response: { 200: recommendationSchema },
      },
    },
    async (request) => {
      const subject = assignmentSubject(request.params.node, registry);
      const wall = clock.wall();
      const [from, to] = [wall - DAYS * DAY_MS, wall + 1].map((time) => new Date(time).toISOString());
      const span = { from: from ?? '', to: to ?? '' };
      const [usage, totals] = await Promise.all([
        store.usage({ groupBy: 'model', ...span }),
        store.attemptTotals(span),
      ]);
      const { snapshot } = registry;
      const health = execution.health.at(clock.now());
      const present = currentOf(subject, snapshot, health);
      const [current] = measure(present === null ? [] : [present], usage, totals);
      const others = measure(candidates(subject, present, snapshot, health), usage, totals);
      const kind = subject.kind === 'node' ? subject.node.kind : 'chat';
      const { model, reason } = recommend({ kind, current: current ?? null, others, days: DAYS });
      return {
        ...{ node: subject.subject, generation: snapshot.generation, ...span },
        current: current === undefined ? null : measuredView(current),
        recommendation: model === null ? null : measuredView(model),
        reason,
      };
    },
  );
}

/** The assigned model; of a lane the one that answers first now. */
function currentOf(subject: AssignmentSubject, snapshot: Snapshot, health: HealthView): ModelEntry | null {
  const isNode = subject.kind === 'node';
  const names = isNode ? { node: subject.node.name, lane: null } : { node: null, lane: subject.lane.name };
  const facts = { ...PLAIN_CHAT, kind: isNode ? subject.node.kind : ('chat' as const) };
  const headers = { ...names, hints: [], noFallback: false };
  const { entries, eligible } = resolve({ facts, headers }, snapshot, health);
  const assigned = isNode ? subject.node.assignment.model : (subject.lane.override?.model ?? null);
  const entry =
    assigned === null
      ? entries.slice(0, eligible)[0]
      : entries.find(({ link }) => link.target.id === assigned);
  return entry?.link.target ?? null;
}

/** Other models that a switch could put in its place now. */
function candidates(
  subject: AssignmentSubject,
  current: ModelEntry | null,
  snapshot: Snapshot,
  health: HealthView,
): ModelEntry[] {
  const isNode = subject.kind === 'node';
  const switched = isNode ? subject.node : laneSubject(subject.lane);
  const lane = isNode ? snapshot.lanes.get(laneOf(subject.node) ?? '') : subject.lane;
  const requirements: Requirements = lane?.requirements ?? {};
  return [...snapshot.models.values()].filter(
    (model) =>
      model.id !== current?.id &&
      !model.retired &&
      model.kind === switched.kind &&
      meets(model, requirements) &&
      ineligibilities(switched, model, snapshot).length === 0 &&
      health.deferral(model) === null,
  );
}

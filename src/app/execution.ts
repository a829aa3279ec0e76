import type { ManagedEngines } from './engines/managed-engines.ts';
import type { Admission } from '../execution/admit/admission.ts';
import { Limiter } from '../execution/admit/limiter.ts';
import { LoadingTargets } from '../execution/admit/loading-targets.ts';
import { ResidentGate } from '../execution/admit/residency/resident-gate.ts';
import { TargetLimits } from '../execution/admit/target-limits.ts';
import { DeadlineWatch } from '../execution/attempt/deadlines.ts';
import { PlanWarnings } from '../execution/plan-warnings.ts';
import type { ExecutionPorts } from '../execution/ports.ts';
import type { Recorder } from '../execution/record/recorder.ts';
import type { Discovery } from '../registry/providers/discovery.ts';
import type { Registry } from '../registry/registry.ts';
import { Affinity } from '../routing/affinity.ts';
import { CallStates } from '../routing/call-states.ts';
import type { Health } from '../routing/health.ts';
import type { Clock } from '../util/clock.ts';
import type { LargeBodyOffload } from '../wire/large-body/offload.ts';
import type { AppOptions } from './options.ts';

/** The parts of a gateway that requests are executed with. */
interface ExecutionParts {
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly health: Health;
  readonly recorder: Recorder;
  readonly admission: Admission;
  readonly limiter: Limiter;
  readonly bodies: LargeBodyOffload;
  readonly local: Pick<ManagedEngines, 'engines' | 'modelServers'>;
}

/** Creates what the execution of requests needs from the other parts. */
export function createExecution(
  { clock, log }: AppOptions,
  {
    registry,
    discovery,
    health,
    recorder,
    admission,
    limiter,
    bodies,
    local: { engines, modelServers },
  }: ExecutionParts,
): ExecutionPorts {
  const listings = listingsOf(discovery, registry);
  const limits = new TargetLimits(limiter, new LoadingTargets({ clock, health, listings }));
  return {
    clock,
    admission,
    limiter,
    gate: new ResidentGate({
      ...{ residency: engines, limits, clock },
      countRefusal: (target, code) => {
        limiter.countRefusal('target', target, code);
      },
    }),
    residency: engines,
    serverOf: modelServers.serverOf,
    health,
    recorder,
    switchWatch: registry.rollbacks,
    affinity: new Affinity(clock.now),
    callStates: new CallStates(clock.now),
    bodies,
    watch: new DeadlineWatch(clock.now),
    planWarnings: new PlanWarnings(log),
    log,
    listings,
    snapshot: (user) => registry.snapshotFor(user),
    provider: (id, snapshot) => registry.provider(id, snapshot),
  };
}

/** Creates the limits of concurrent requests; they follow the registry's snapshots. */
export function createLimiter(clock: Clock, registry: Registry): Limiter {
  const limiter = new Limiter(clock);
  registry.onSnapshot((snapshot) => {
    limiter.update(snapshot);
  });
  return limiter;
}

/** The model lists of servers, as requests use them. */
function listingsOf(discovery: Discovery, registry: Registry): ExecutionPorts['listings'] {
  return {
    isFresh: (id) => discovery.isFresh(id),
    refresh: (id, withinMs) => discovery.refresh(id, withinMs),
    invalidate: (id) => {
      discovery.invalidate(id);
    },
    learnBound: registry.learnBound.bind(registry),
    noteServed: registry.noteServed.bind(registry),
    noteBegan: registry.noteBegan.bind(registry),
    current: (model) => registry.current(model),
  };
}

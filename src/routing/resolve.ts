import { HINTS } from '../protocol/facts.ts';
import type { Warning } from '../protocol/wire.ts';
import { chainOf, headOf, laneOf } from './chain.ts';
import { cloudFalseIn } from './cloud.ts';
import { resolveDirect } from './direct.ts';
import { exclusion, isLocal } from './eligible.ts';
import { lostAssignment } from './lost-assignment.ts';
import { resolveName } from './name.ts';
import { withOwnWindows } from './own-windows.ts';
import { isNotInMemory, loadPhrase, waitsForLoad, type ModelResidency } from './residency.ts';
import type {
  ChainLink,
  Deferral,
  Destination,
  ExclusionCode,
  HealthView,
  Pin,
  Plan,
  PlanEntry,
  RouteRequest,
} from './plan.ts';
import type { LaneEntry, Snapshot } from './snapshot.ts';

/**
 * Decides which targets a request may go to, in which order, and why. Pure: the same request, snapshot and health give
 * the same plan. Facts exclude targets; deferrals only move them after the ready ones, also for models that are not in
 * memory. Throws 404 for an unknown name; the caller handles an empty plan (`emptyPlanError`).
 */
export function resolve(request: RouteRequest, snapshot: Snapshot, health: HealthView): Plan {
  const isDirect = request.facts.kind === 'direct';
  const destination = isDirect ? resolveDirect(request, snapshot) : resolveName(request, snapshot);
  const node = destination.kind === 'node' ? destination.node : null;
  const lane = requestedLane(destination, snapshot);
  const moved = deepIngestLane(request, destination, lane, snapshot);
  const chain = chainOf(destination, request.facts.kind, moved, snapshot, health.residency);
  const forbidden = cloudFalseIn(snapshot.cloud, node, lane, moved);
  const pin = request.pin ?? null;
  const links = pin === null ? chain.links : pinned(chain.links, pin);
  const misdirected = node !== null && node.kind !== request.facts.kind;
  const { entries, eligible, passedOver } = misdirected
    ? wrongKind(links)
    : order(withOwnWindows(links, node, request.facts), request, { lane, forbidden, health });
  return {
    generation: snapshot.generation,
    destination,
    node,
    lane,
    rule: moved === null ? null : 'deep_ingest',
    facts: request.facts,
    entries,
    links: chain.links,
    eligible,
    passedOver,
    warnings: warningsOf(request, chain.emptyLane, lostAssignment(destination, snapshot), snapshot),
  };
}

const NO_WARNINGS: readonly Warning[] = Object.freeze([]);

/** Warnings of the plan: a hint or header that has no effect, a lane without targets, a switch to what is not configured. */
function warningsOf(
  { headers: { unknownHints, ignoredHeaders } }: RouteRequest,
  emptyLane: string | null,
  lost: Warning | null,
  snapshot: Snapshot,
): readonly Warning[] {
  if (emptyLane === null && lost === null && unknownHints === undefined && ignoredHeaders === undefined)
    return NO_WARNINGS;
  const warnings: Warning[] = lost === null ? [] : [lost];
  if (emptyLane !== null) warnings.push(emptyLaneWarning(emptyLane, snapshot));
  if (unknownHints !== undefined) warnings.push(unknownHintWarning(unknownHints));
  for (const detail of ignoredHeaders ?? []) warnings.push({ code: 'header_ignored', detail });
  return warnings;
}

function unknownHintWarning(hints: readonly string[]): Warning {
  const words = hints.map((hint) => `"${hint}"`).join(', ');
  return { code: 'unknown_hint', detail: `${words} has no effect; known: ${HINTS.join(', ')}` };
}

function emptyLaneWarning(lane: string, snapshot: Snapshot): Warning {
  return {
    code: 'lane_without_target',
    detail: `lane ${lane} has no target; using lane ${snapshot.defaultLane}`,
  };
}

function requestedLane(destination: Destination, snapshot: Snapshot): LaneEntry | null {
  if (destination.kind === 'lane') return destination.lane;
  if (destination.kind === 'model') return null;
  return snapshot.lanes.get(laneOf(destination.node) ?? '') ?? null;
}

/** The lane that goes first for a very large request; never for a request that names a model. */
function deepIngestLane(
  { facts, headers }: RouteRequest,
  destination: Destination,
  lane: LaneEntry | null,
  snapshot: Snapshot,
): LaneEntry | null {
  const rule = snapshot.deepIngest;
  if (rule === null || facts.kind !== 'chat' || destination.kind === 'model') return null;
  if (destination.kind === 'node' && destination.node.assignment.lane === null) return null;
  if (lane?.name === rule.lane) return null;
  const large =
    (rule.overTokens !== null && facts.estimatedTokens > rule.overTokens) ||
    (rule.overBytes !== null && facts.sizeBytes > rule.overBytes) ||
    headers.hints.includes('deep_ingest') ||
    (rule.repositories && headers.hints.includes('repository'));
  return large ? (snapshot.lanes.get(rule.lane) ?? null) : null;
}

/** The chain with the pinned target in front, so that it is tried first within its group (ready or deferred). */
function pinned(links: readonly ChainLink[], { target, head }: Pin): readonly ChainLink[] {
  const pin = links.find((link) => link.target.id === target);
  if (pin === undefined || pin === links[0] || headOf(links) !== head) return links;
  return [pin, ...links.filter((link) => link !== pin)];
}

type Ordered = Pick<Plan, 'entries' | 'eligible' | 'passedOver'>;

const NONE: readonly PlanEntry[] = Object.freeze([]);

/** A node serves requests of its own kind only, whatever else its models can do. */
function wrongKind(links: readonly ChainLink[]): Ordered {
  const entries = links.map((link) => ({
    link,
    code: 'wrong_kind' as const,
    deferral: null,
    eligible: false,
    cloudFalseIn: null,
  }));
  return { entries, eligible: 0, passedOver: NONE };
}

/** What the order of targets depends on, apart from the request. */
interface Circumstances {
  readonly lane: LaneEntry | null;
  /** The section with the `"cloud": false` of the plan; null: cloud targets are allowed. */
  readonly forbidden: string | null;
  readonly health: HealthView;
}

/** Ready targets first, then deferred ones, then excluded ones; each group in the chain's order. */
function order(links: readonly ChainLink[], request: RouteRequest, circumstances: Circumstances): Ordered {
  const ready: PlanEntry[] = [];
  const deferred: PlanEntry[] = [];
  const excluded: PlanEntry[] = [];
  let passedOver: PlanEntry[] | null = null;
  let hasFirst = false;
  for (const link of links) {
    const fact = factAgainst(link, request, circumstances, hasFirst);
    if (fact !== null) {
      excluded.push(excludedEntry(link, fact, circumstances));
      continue;
    }
    hasFirst = true;
    const entry = eligibleEntry(link, request, circumstances);
    if (entry.deferral === null) ready.push(entry);
    else deferred.push(entry);
    if (ready.length === 0 && entry.code === 'loading' && isNotInMemory(link))
      (passedOver ??= []).push(entry);
  }
  return {
    entries: [...ready, ...deferred, ...excluded],
    eligible: ready.length + deferred.length,
    passedOver: passedOver === null || ready.length === 0 ? NONE : passedOver,
  };
}

function factAgainst(
  { target, unmet }: ChainLink,
  { facts, headers }: RouteRequest,
  { forbidden }: Circumstances,
  hasFirst: boolean,
): ExclusionCode | null {
  return (
    exclusion(target, facts, forbidden === null) ??
    (unmet === null ? null : 'unmet_requirement') ??
    (headers.noFallback && hasFirst ? 'no_fallback' : null)
  );
}

function excludedEntry(link: ChainLink, code: ExclusionCode, { forbidden }: Circumstances): PlanEntry {
  const isCloud = code === 'not_allowed' && !isLocal(link.target);
  return { link, code, deferral: null, eligible: false, cloudFalseIn: isCloud ? forbidden : null };
}

/** A server that Laneway has not started yet is no fault: what counts is what loading takes. */
function isStopped({ code }: Deferral, residency: ModelResidency | undefined): boolean {
  return code === 'unreachable' && residency?.startsServer === true && !residency.resident;
}

function eligibleEntry(link: ChainLink, { facts }: RouteRequest, { lane, health }: Circumstances): PlanEntry {
  const { target, residency } = link;
  const ready = { link, code: null, deferral: null, eligible: true, cloudFalseIn: null };
  const found = health.deferral(target);
  const deferral = found !== null && isStopped(found, residency) ? null : found;
  // A lane that waits for models that are loading keeps them in their places.
  if (deferral !== null && !(deferral.code === 'loading' && lane?.waitWhileLoading === true))
    return { ...ready, code: deferral.code, deferral };
  if (residency === undefined || residency.resident) return ready;
  const cause = loadPhrase(residency, health.loadState(target.id));
  if (waitsForLoad(residency, lane)) return { ...ready, full: cause };
  // Vectors and scores of two models must not mix only because one is not loaded.
  if (facts.kind !== 'chat') return ready;
  return { ...ready, code: 'loading', deferral: { code: 'loading', cause, since: null, until: null } };
}

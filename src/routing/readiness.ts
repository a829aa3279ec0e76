import { PLAIN_CHAT } from '../protocol/facts.ts';
import { chainOf } from './chain.ts';
import { cloudFalseIn } from './cloud.ts';
import { exclusion } from './eligible.ts';
import type { Health, ProviderStatus } from './health.ts';
import { reasonOf } from './reason.ts';
import type { Deferral, PlanEntry } from './plan.ts';
import type { ModelEntry, Snapshot } from './snapshot.ts';

/**
 * Why the gateway is not ready, for `/ready`: empty when the default lane has an eligible target whose server answered
 * its last probe or request without refusing the key, and whose model is not missing there. `now` is monotonic ms.
 */
export function readiness(snapshot: Snapshot, health: Health, now: number): string[] {
  const lane = snapshot.lanes.get(snapshot.defaultLane);
  if (lane === undefined) return [`the default lane "${snapshot.defaultLane}" does not exist`];
  const view = health.at(now);
  const destination = { kind: 'lane', requested: `lane:${lane.name}`, lane } as const;
  const { links } = chainOf(destination, 'chat', null, snapshot, view.residency);
  const forbidden = cloudFalseIn(snapshot.cloud, null, lane);
  const reasons: string[] = [];
  for (const link of links) {
    const { target } = link;
    const code = exclusion(target, PLAIN_CHAT, forbidden === null);
    const status = health.provider(target.provider.id);
    const deferral = code === null ? refusedKey(status, view.deferral(target)) : null;
    const canAnswer = deferral?.code !== 'key_refused' && !isMissing(target);
    if (code === null && status.answered === true && canAnswer) return [];
    const entry: PlanEntry = {
      link,
      code: code ?? deferral?.code ?? null,
      deferral,
      eligible: code === null,
      cloudFalseIn: code === 'not_allowed' ? forbidden : null,
    };
    reasons.push(`${target.id}: ${reasonOf(entry, PLAIN_CHAT, now) ?? 'not probed yet'}`);
  }
  return reasons.length > 0 ? reasons : [`the default lane "${lane.name}" has no target`];
}

/**
 * The refusal of a key, else the deferral in effect. A refusal ends after a while, but where the next probe will tell, it
 * holds until then: readiness must not change in between.
 */
function refusedKey({ keyRefused, noList }: ProviderStatus, deferral: Deferral | null): Deferral | null {
  return keyRefused === null || noList ? deferral : keyRefused;
}

/** Does the complete list of its server lack it? An Ollama without models answers, but serves nothing. */
function isMissing({ provider, inList }: ModelEntry): boolean {
  return provider.completeList && inList === false;
}

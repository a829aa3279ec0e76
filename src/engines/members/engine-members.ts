import { setTimeout as sleep } from 'node:timers/promises';

import type { Log } from '../../protocol/log.ts';
import type { Leases } from '../pool/requests/leases.ts';
import { type CreateDriver, type EngineConfiguration, EngineMember, hasSameDriver } from './engine-member.ts';
import { StartingEngines } from './starting-engines.ts';

/** What the members get from outside. */
export interface MembersPorts {
  readonly createDriver: CreateDriver;
  /** Resolves once the folder of a provider was read, at once where it has none; never rejects. */
  readonly filesRead: (providerId: string) => Promise<unknown>;
  /** A member has its driver. Resolves once it is known what its engine holds; never rejects. */
  readonly onCreated: (member: EngineMember) => Promise<void>;
  /** A member has been given other models; never rejects. */
  readonly onModels: (member: EngineMember) => Promise<unknown>;
  /** A member has left after its requests had ended. */
  readonly onLeft: () => void;
  /** The requests that the engines answer. */
  readonly requests: Pick<Leases, 'count' | 'unused' | 'revokeAll'>;
  /** Milliseconds that they get to end before the servers that answer them do. */
  readonly patienceMs: (configuration: EngineConfiguration) => number;
  readonly log: Log;
}

/** Requests may be repeated after so many ms while others have to end first. */
const LEAVING_MS = 5_000;
const STARTING = { why: () => 'its engine is being started', retryAfterMs: 1_000 } as const;

/**
 * The engines of the configuration, with their drivers. One whose settings are the same keeps its driver. Servers that
 * Laneway has started go on until the requests that they answer have ended; new requests wait for their successors.
 */
export class EngineMembers {
  /** Engines that Laneway runs and is starting, or starts again once the requests of the previous server have ended. */
  readonly starting = new StartingEngines();
  readonly #ports: MembersPorts;
  readonly #members = new Map<string, EngineMember>();
  /** Members that end once their requests have, each with what ends the wait for that. */
  readonly #leaving = new Map<EngineMember, AbortController>();
  readonly #ending: Promise<void>[] = [];
  readonly #closed = new AbortController();
  #wanted: ReadonlyMap<string, EngineConfiguration> = new Map();

  constructor(ports: MembersPorts) {
    this.#ports = ports;
  }

  get(providerId: string): EngineMember | undefined {
    return this.#members.get(providerId);
  }

  all(): readonly EngineMember[] {
    return [...this.#members.values()];
  }

  /** Takes over a configuration. Resolves once each new driver is there (`onCreated`); never rejects. */
  async update(configurations: readonly EngineConfiguration[]): Promise<void> {
    this.#wanted = new Map(configurations.map((each) => [each.providerId, each]));
    const added = configurations.filter(({ providerId }) => !this.#members.has(providerId));
    const reviewed = this.all().map((member) => this.#review(member));
    await Promise.all([...reviewed, ...added.map((each) => this.#add(each))]);
  }

  /** Ends the driver of a member and creates another; returns the member that gets it. */
  renew(member: EngineMember): EngineMember {
    const { configuration } = member;
    if (this.#closed.signal.aborted) return member;
    void this.#add(configuration, member.end());
    return this.#members.get(configuration.providerId) ?? member;
  }

  /** Ends what the drivers have started. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#ending, ...this.all().map((member) => member.end())]);
  }

  async #review(member: EngineMember): Promise<void> {
    const { providerId } = member.configuration;
    if (this.#keeps(member)) {
      // Its settings may be again what they were.
      this.#leaving.get(member)?.abort();
      this.#leaving.delete(member);
      return this.#giveModels(member);
    }
    if (this.#leaving.has(member)) return;
    if (!member.endsServers || this.#ports.requests.count(providerId) === 0) return this.#replace(member);
    const ended = this.#leave(member);
    const why = (): string => {
      const count = this.#ports.requests.count(providerId);
      return count === 0 ? STARTING.why() : `its engine is started again once ${requestsText(count)} ended`;
    };
    if (this.#wanted.has(providerId))
      this.starting.track(providerId, { ended, why, retryAfterMs: LEAVING_MS });
    await ended;
  }

  /** Can it stay, with its driver? Then it takes over its settings. */
  #keeps(member: EngineMember): boolean {
    const next = this.#wanted.get(member.configuration.providerId);
    if (next === undefined || !hasSameDriver(next, member.configuration)) return false;
    member.configure(next);
    return true;
  }

  /** Ends a member, and creates its successor if there is one. */
  async #replace(member: EngineMember): Promise<void> {
    const { providerId } = member.configuration;
    this.#members.delete(providerId);
    const ended = member.end();
    this.#ending.push(ended);
    const next = this.#wanted.get(providerId);
    if (next !== undefined) await this.#add(next, ended);
  }

  /** As `#replace`, once its requests have ended. */
  async #leave(member: EngineMember): Promise<void> {
    const kept = new AbortController();
    this.#leaving.set(member, kept);
    const signal = AbortSignal.any([kept.signal, this.#closed.signal]);
    await this.#requestsEnded(member, signal);
    if (signal.aborted) return;
    this.#leaving.delete(member);
    const replaced = this.#replace(member);
    this.#ports.onLeft();
    await replaced;
  }

  /** Waits for that, with the limit of the pool, or until the signal aborts. */
  async #requestsEnded({ configuration }: EngineMember, signal: AbortSignal): Promise<void> {
    const { requests, log } = this.#ports;
    const { providerId: provider } = configuration;
    const what = `the engine of provider "${provider}"`;
    const patienceMs = this.#ports.patienceMs(configuration);
    const ended = new AbortController();
    const next = this.#wanted.has(provider) ? 'is started again with its new settings' : 'ends';
    log.info({ provider }, `${what} ${next} once ${requestsText(requests.count(provider))} ended`);
    await Promise.race([
      requests.unused(provider),
      sleep(patienceMs, undefined, { ref: false, signal: AbortSignal.any([ended.signal, signal]) }).catch(
        () => undefined,
      ),
    ]);
    ended.abort();
    const left = requests.count(provider);
    if (left === 0 || signal.aborted) return;
    const limit = `${Math.round(patienceMs / 1000)} s (max_wait_s)`;
    log.warn({ provider }, `${what} ends although ${requestsText(left)} not ended within ${limit}`);
    requests.revokeAll(provider);
  }

  #add(configuration: EngineConfiguration, previous?: Promise<void>): Promise<void> {
    const { providerId } = configuration;
    // A server of the previous driver that still answers would be taken for a foreign one.
    const before = Promise.all([previous, this.#ports.filesRead(providerId)]);
    const member = new EngineMember(configuration, this.#ports.createDriver, before);
    this.#members.set(providerId, member);
    const ended = this.#start(member);
    if (member.runsPrograms) this.starting.track(providerId, { ...STARTING, ended });
    return ended;
  }

  async #start(member: EngineMember): Promise<void> {
    await member.creation;
    if (this.#closed.signal.aborted || this.#members.get(member.configuration.providerId) !== member) return;
    await this.#giveModels(member);
    await this.#ports.onCreated(member);
    member.started = true;
  }

  /** Tells Laneway's own router of new files. A folder that is being read for the first time looks empty until then. */
  async #giveModels(member: EngineMember): Promise<void> {
    await this.#ports.filesRead(member.configuration.providerId);
    if (await member.giveModels()) await this.#ports.onModels(member);
  }
}

function requestsText(count: number): string {
  return count === 1 ? '1 request has' : `${count} requests have`;
}

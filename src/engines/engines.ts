import type { AcquireOptions, EngineStart, LeaseAnswer, LeaseLane, LeaseWait } from '../protocol/lease.ts';
import type { UnreadableFile } from '../protocol/model-file.ts';
import { parseModelId } from '../protocol/model-id.ts';
import type { Log } from '../protocol/log.ts';
import type { Listing } from '../providers/provider.ts';
import type { EngineDriver, EngineError } from './driver.ts';
import type { LoadState, ModelMemory, ResidencyMap } from '../routing/residency.ts';
import { ownListing } from './own-listing.ts';
import { abilitiesOf, registered } from './registered-engine.ts';
import { lookRepeatedly } from './repeated-look.ts';
import { ResidencyOfPools } from './residency-of-pools.ts';
import {
  type CreateDriver,
  type EngineConfiguration,
  type EngineMember,
  runsCommand,
} from './members/engine-member.ts';
import { EngineMembers } from './members/engine-members.ts';
import type { Pool } from './pool/pool.ts';
import type { RegisteredEngine } from './pool/pool-ports.ts';
import type { OperatorCall } from './pool/operator-call.ts';
import { Leases } from './pool/requests/leases.ts';
import type { PoolModel, PoolSettings } from './pool/settings.ts';
import type { EngineView, PoolSwitchView, PoolView } from './pool/views.ts';

/** All engines and pools of a configuration. */
export interface EnginesConfiguration {
  readonly engines: readonly EngineConfiguration[];
  /** Settings of a pool by its name. */
  readonly poolSettings: (name: string) => PoolSettings;
}

/** What the engines get from outside. */
export interface EnginesPorts {
  readonly createDriver: CreateDriver;
  readonly createPool: (name: string, settings: PoolSettings, leases: Leases) => Pool;
  /** The models of a provider that its engine may load. */
  readonly models: (providerId: string) => readonly PoolModel[];
  /** Resolves once the folder of a provider was read, at once where it has none; never rejects. */
  readonly filesRead: (providerId: string) => Promise<unknown>;
  /** The files in a provider's folder that cannot be used. */
  readonly unreadable: (providerId: string) => readonly UnreadableFile[];
  /** The driver of a provider has been created: its server may be another one, or have been started. */
  readonly onDriver: (providerId: string) => Promise<unknown>;
  readonly log: Log;
}

/** Milliseconds until an engine must have said what it holds. */
const DETECT_MS = 5_000;

/**
 * The engines of a gateway, each with its driver (`EngineMembers`), and the pools of memory that they share.
 */
export class Engines implements ModelMemory {
  readonly #ports: EnginesPorts;
  readonly #members: EngineMembers;
  readonly #pools = new Map<string, Pool>();
  readonly #leases = new Leases();
  /** The pools of the models that Laneway loads and unloads. */
  readonly #managed = new Map<string, Pool>();
  /** Models whose engines load them for requests by themselves. */
  readonly #onDemand = new Set<string>();
  readonly #applied = new Map<string, string>();
  readonly #residency = new ResidencyOfPools(this);
  #configuration: EnginesConfiguration;
  #started = false;
  #closed = false;

  constructor(configuration: EnginesConfiguration, ports: EnginesPorts) {
    this.#configuration = configuration;
    this.#ports = ports;
    const { createDriver, filesRead, onDriver, log } = ports;
    this.#members = new EngineMembers({
      ...{ createDriver, filesRead, log, requests: this.#leases },
      patienceMs: ({ pool }) => this.#configuration.poolSettings(pool).maxWaitMs,
      onCreated: (member) => this.#take(member),
      onModels: (member) => onDriver(member.configuration.providerId),
      onLeft: () => {
        this.refresh();
      },
    });
  }

  /** Creates the drivers. Resolves once each engine was asked what it holds, and has listed its models; never rejects. */
  async start(): Promise<void> {
    this.#started = true;
    await this.#members.update(this.#configuration.engines);
  }

  /** Takes over a changed configuration: drivers are created and closed in the background. */
  update(configuration: EnginesConfiguration): void {
    this.#configuration = configuration;
    if (!this.#started || this.#closed) return;
    void this.#members.update(configuration.engines);
    this.refresh();
  }

  /** Passes changed models and drivers to the pools. */
  refresh(): void {
    if (this.#closed) return;
    const byPool = Map.groupBy(this.#members.all(), ({ configuration }) => configuration.pool);
    for (const name of [...this.#pools.keys()].filter((each) => !byPool.has(each))) byPool.set(name, []);
    this.#managed.clear();
    this.#onDemand.clear();
    for (const [name, members] of byPool) this.#configure(name, members);
    this.#residency.update(this.#pools.values());
  }

  /**
   * A server has listed its models, which `update` has passed on: it may have become another one, or hold other models.
   */
  async noteListing(providerId: string): Promise<void> {
    const member = this.#members.get(providerId);
    if (member?.created == null) return;
    // Drivers learn from the answer what their server can do.
    await this.#pools.get(member.configuration.pool)?.recheck(providerId);
    if (abilitiesOf(member.created) !== member.passed) this.refresh();
  }

  /**
   * The models of an engine that Laneway runs, as its model list: one server for each model, or a router, whose own list
   * lacks models while it starts and while it reads a new preset. null: its server lists them.
   */
  listing(providerId: string): Promise<Listing | null> | null {
    const member = this.#members.get(providerId);
    if (member?.runsPrograms !== true) return null;
    return this.#listingOf(member.mayRunRouter ? this.#members.renew(member) : member);
  }

  async #listingOf(member: EngineMember): Promise<Listing | null> {
    const { driver, ownRouter } = await member.creation;
    if (!member.runsCommand && ownRouter === null) return null;
    await this.#ports.filesRead(member.configuration.providerId);
    return ownListing(driver, member.configuration.models ?? []);
  }

  /** Does Laneway start a server for each loaded model of this provider (`engine.command`)? Its address has none then. */
  startsServers(providerId: string): boolean {
    return this.#configuration.engines.some((each) => each.providerId === providerId && runsCommand(each));
  }

  /**
   * See `EngineDriver.serverAddresses`; null: Laneway starts no servers of its own for this provider, so that there is one
   * at its base URL.
   */
  serverAddresses(providerId: string): readonly string[] | null {
    const driver = this.#members.get(providerId)?.created?.driver;
    if (driver === undefined) return this.startsServers(providerId) ? [] : null;
    return driver.serverAddresses ?? null;
  }

  /**
   * Does Laneway load and unload this model for requests? Where nothing is known of the memory, an engine that loads
   * models for requests by itself knows better.
   */
  manages(target: string): boolean {
    const pool = this.#managed.get(target);
    return pool !== undefined && (pool.knowsMemory || !this.#onDemand.has(target));
  }

  /** Does the engine of this model load it for a request by itself? */
  loadsForRequests(target: string): boolean {
    return this.#onDemand.has(target);
  }

  /** The models that `manages` is true for: the same map until something in it changes. */
  get residency(): ResidencyMap {
    return this.#residency.read();
  }

  /** The start of the engine of a model that Laneway runs; null: none is under way. */
  starting(target: string): EngineStart | null {
    return this.#members.starting.of(target);
  }

  /** Is the start of any engine that Laneway runs under way? */
  isStarting(): boolean {
    return this.#members.starting.isAny;
  }

  /** What happens to a model that is not in memory. */
  readonly loadState = (target: string): LoadState =>
    this.#managed.get(target)?.residency.loadState(target) ?? NOT_LOADING;

  /** What requests for a model wait for, or would; see `PoolResidency.wait`. */
  waitOf(target: string): LeaseWait {
    return this.#managed.get(target)?.residency.wait(target) ?? NO_WAIT;
  }

  /** Why a model that Laneway loads has no room; null: it has, or is in memory. See `PoolResidency.misfit`. */
  misfit(target: string): string | null {
    return this.manages(target) ? (this.#managed.get(target)?.residency.misfit(target) ?? null) : null;
  }

  /** See `EngineDriver.fileBytes`. */
  fileBytes(providerId: string, modelId: string): number | null {
    return this.#members.get(providerId)?.created?.driver.fileBytes?.(modelId) ?? null;
  }

  /** The right to use a model while it is in memory; see `Pool.acquire`. A model that no pool manages needs none. */
  acquire(
    target: string,
    lane: LeaseLane | null,
    options: AcquireOptions,
  ): LeaseAnswer | Promise<LeaseAnswer> {
    return this.#managed.get(target)?.acquire(target, lane, options) ?? UNMANAGED;
  }

  /** See `Pool.noteFailure`. */
  noteFailure(target: string, kind: 'out_of_memory' | 'not_loaded'): void {
    this.#managed.get(target)?.noteFailure(target, kind);
  }

  /** After a failed request: has its engine asked whether the model is still there, which `residency` then shows. */
  async look(target: string): Promise<void> {
    const pool = this.#managed.get(target);
    const provider = parseModelId(target)?.provider;
    if (pool === undefined || provider === undefined) return;
    await lookRepeatedly(
      () => pool.recheck(provider),
      () => pool.residency.read().get(target)?.resident === false,
    );
  }

  /** A process of an engine has ended by itself: what is left is read at once, not at the next regular look. */
  noteExit(providerId: string): void {
    const member = this.#members.get(providerId);
    if (member !== undefined) void this.#pools.get(member.configuration.pool)?.recheck(providerId);
  }

  /** Where requests to a loaded model go if it has a server of its own; null: to its provider's. */
  addressOf(providerId: string, modelId: string): string | null {
    return this.#members.get(providerId)?.created?.driver.addressOf?.(modelId) ?? null;
  }

  /** An operator's call; null: no engine has the model. */
  operate(verb: 'load' | 'unload', target: string, force: boolean): OperatorCall | null {
    const pool = this.poolOf(target);
    return pool === null ? null : pool[verb](target, force);
  }

  /** The pool that knows a model, whether Laneway loads it or not. */
  poolOf(target: string): Pool | null {
    for (const pool of this.#pools.values()) if (pool.residency.read().has(target)) return pool;
    return null;
  }

  /** The switch in the pool of a model that a load of it has to wait for; null: none, or it is in memory and stays. */
  switchOf(target: string): PoolSwitchView | null {
    const pool = this.#managed.get(target);
    if (pool?.residency.read().get(target)?.resident === true) return null;
    return pool?.view().switch ?? null;
  }

  /** All pools. */
  pools(): readonly PoolView[] {
    return [...this.#pools.values()].map((pool) => pool.view());
  }

  /** All engines, in the order of the configuration; then those that have left it and let their last requests end. */
  views(): readonly EngineView[] {
    const views = new Map(
      [...this.#pools.values()].flatMap((pool) =>
        pool.engines().map((each) => [each.provider, this.#withUnreadable(each)] as const),
      ),
    );
    const configured = this.#configuration.engines.flatMap(
      (each) => views.get(each.providerId) ?? this.#startingView(each),
    );
    const wanted = new Set(this.#configuration.engines.map(({ providerId }) => providerId));
    const leaving = [...views.values()].filter(({ provider }) => !wanted.has(provider));
    return [...configured, ...leaving.map((view) => ({ ...view, state: 'stopping' as const }))];
  }

  /** Of an engine whose driver is not created yet, if Laneway runs it. */
  #startingView({ providerId, providerType, pool }: EngineConfiguration): readonly EngineView[] {
    const member = this.#members.get(providerId);
    if (member?.runsPrograms !== true) return [];
    const driver = { name: member.runsCommand ? 'process' : 'router', state: 'starting', verbs: [] } as const;
    const facts = { provider: providerId, type: providerType, version: null, driver };
    return [this.#pools.get(pool)?.viewOf(facts) ?? []].flat();
  }

  /** No model is loaded or waited for any more. */
  drain(): void {
    for (const pool of this.#pools.values()) pool.close();
  }

  /** Ends what the drivers have started. */
  async close(): Promise<void> {
    this.#closed = true;
    this.drain();
    await this.#members.close();
  }

  #withUnreadable(view: EngineView): EngineView {
    const unreadable = this.#ports.unreadable(view.provider);
    return unreadable.length === 0 ? view : { ...view, unreadable };
  }

  /** The pools take over a new driver. */
  async #take({ creation, configuration }: EngineMember): Promise<void> {
    const { providerId, pool } = configuration;
    await detect((await creation).driver);
    this.refresh();
    // The pool still knows what the engine held before.
    await this.#pools.get(pool)?.recheck(providerId);
    await this.#ports.onDriver(providerId);
  }

  #configure(name: string, members: readonly EngineMember[]): void {
    const settings = this.#configuration.poolSettings(name);
    const engines: RegisteredEngine[] = [];
    const models: PoolModel[] = [];
    for (const member of members) {
      const { configuration, created } = member;
      if (created === null) continue;
      member.passed = abilitiesOf(created);
      engines.push(registered(configuration, created));
      for (const model of this.#ports.models(configuration.providerId))
        models.push({ ...model, obstacle: created.driver.reasonAgainst?.(model.modelId) ?? null });
    }
    const pool = this.#pools.get(name) ?? this.#ports.createPool(name, settings, this.#leases);
    this.#pools.set(name, pool);
    const loading = new Set(engines.filter(({ canLoad }) => canLoad).map(({ provider }) => provider));
    for (const { provider, target } of models) {
      if (!loading.has(provider)) continue;
      this.#managed.set(target, pool);
      if (this.#members.get(provider)?.created?.driver.loadsForRequests === true) this.#onDemand.add(target);
    }
    const facts = engines.map(({ driver: _, ...rest }) => rest);
    const pending = members.filter(({ created }) => created === null);
    const waiting = pending.map(({ configuration }) => configuration.providerId);
    const signature = JSON.stringify([settings, facts, models, waiting]);
    if (this.#applied.get(name) === signature) return;
    this.#applied.set(name, signature);
    pool.configure(settings, engines, models, waiting);
  }
}

const NOT_LOADING: LoadState = { leaving: false, waiting: 0, progress: null, remainingMs: null };

const NO_WAIT: LeaseWait = { progress: null, delay: null, isQueueFull: false };

const UNMANAGED: LeaseAnswer = { kind: 'lease', lease: { release: () => undefined } };

/** Drivers learn from the answer what their server can do. */
async function detect(driver: EngineDriver): Promise<void> {
  await driver.residency(AbortSignal.timeout(DETECT_MS)).catch((_: EngineError) => undefined);
}

import { SvelteMap } from 'svelte/reactivity';

import { ApiError } from '../api/api-error.ts';
import { api } from '../api/client.ts';
import { engines } from '../state/engines.svelte.ts';
import { live } from '../state/live.svelte.ts';
import { Loaded, messageOf } from '../state/loaded.svelte.ts';

/** Pressure, temperature and other programs change without an event: they are read again this often, in milliseconds. */
const FIGURES_MS = 5_000;
/** Requests change what is in flight: while they come, it is read again this often, in milliseconds. */
const REQUESTS_MS = 1_000;
/** While something is loaded or unloaded, all is read again this often, in milliseconds: not every phase is an event. */
const SWITCH_MS = 1_000;

/** What an operator can do with a model. */
export type Verb = 'load' | 'unload';

/** The state of an operator's call. */
export interface Operation {
  readonly verb: Verb;
  /** Why it failed; null: it still runs. */
  readonly problem: string | null;
  /** It failed because another switch was running: it may succeed once that is over. */
  readonly wasBusy: boolean;
}

/** The pools, and what was done with models. It stays while other pages are shown: a load goes on meanwhile. */
class EnginesData {
  readonly pools = new Loaded(async () => {
    const { pools } = await api.pools();
    this.readAt = Date.now();
    return pools;
  });
  /** When the pools were read, in milliseconds since 1970. */
  readAt = $state(0);
  /** The last call for each model that runs or has failed, by full id. */
  readonly operations = new SvelteMap<string, Operation>();

  /** Reads now, after each change and now and then, until the returned function is called. */
  follow(): () => void {
    this.load();
    let later: ReturnType<typeof setTimeout> | undefined;
    const stopEvents = live.listen((name) => {
      if (name === 'request') {
        later ??= setTimeout(() => {
          later = undefined;
          this.load();
        }, REQUESTS_MS);
      } else if (name !== 'lost') this.load();
    });
    const timer = setInterval(() => {
      const wait = this.#isSwitching() ? SWITCH_MS : FIGURES_MS;
      if (!document.hidden && live.status === 'open' && Date.now() - this.readAt >= wait) this.load();
    }, SWITCH_MS);
    return () => {
      stopEvents();
      clearInterval(timer);
      clearTimeout(later);
    };
  }

  /** Reads pools and engines again; a burst of calls costs two readings. */
  load(): void {
    void this.pools.load();
    void engines.load();
  }

  #isSwitching(): boolean {
    const isCalled = [...this.operations.values()].some(({ problem }) => problem === null);
    return isCalled || (this.pools.value ?? []).some((pool) => pool.switch !== null);
  }

  /** Loads or unloads a model; does nothing while another call for it runs. */
  async operate(verb: Verb, provider: string, model: string, force = false): Promise<void> {
    const id = `${provider}/${model}`;
    if (this.operations.get(id)?.problem === null) return;
    this.operations.set(id, { verb, problem: null, wasBusy: false });
    try {
      await api.operate(verb, provider, model, force);
      // What is shown then is newer than the call.
      await Promise.all([this.pools.load(), engines.load()]);
      this.operations.delete(id);
    } catch (error) {
      const wasBusy = error instanceof ApiError && error.code === 'switch_in_progress';
      this.operations.set(id, { verb, problem: messageOf(error), wasBusy });
      this.load();
    }
  }
}

/** The one view of the engines. */
export const enginesData = new EnginesData();

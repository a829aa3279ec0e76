import { SvelteMap } from 'svelte/reactivity';

import { api } from '../api/client.ts';
import { engines } from '../state/engines.svelte.ts';
import { live } from '../state/live.svelte.ts';
import { Loaded, messageOf } from '../state/loaded.svelte.ts';

/** Pressure, temperature and other programs change without an event: they are read again this often, in milliseconds. */
const FIGURES_MS = 5_000;
/** Requests change what is in flight: while they come, it is read again this often, in milliseconds. */
const REQUESTS_MS = 1_000;

/** What an operator can do with a model. */
export type Verb = 'load' | 'unload';

/** The state of an operator's call. */
export interface Operation {
  readonly verb: Verb;
  /** Why it failed; null: it still runs. */
  readonly problem: string | null;
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
      if (!document.hidden && live.status === 'open') this.load();
    }, FIGURES_MS);
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

  /** Loads or unloads a model; does nothing while another call for it runs. */
  async operate(verb: Verb, provider: string, model: string, force = false): Promise<void> {
    const id = `${provider}/${model}`;
    if (this.operations.get(id)?.problem === null) return;
    this.operations.set(id, { verb, problem: null });
    try {
      await api.operate(verb, provider, model, force);
      // What is shown then is newer than the call.
      await Promise.all([this.pools.load(), engines.load()]);
      this.operations.delete(id);
    } catch (error) {
      this.operations.set(id, { verb, problem: messageOf(error) });
      this.load();
    }
  }
}

/** The one view of the engines. */
export const enginesData = new EnginesData();

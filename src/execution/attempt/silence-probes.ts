import { ProbeError, type Provider } from '../../providers/provider.ts';
import { SHARED_PROBE_MS, SILENCE_PROBE_MS } from '../timeouts.ts';

/** Refused connections in a row that end a silent stream: a single one may be a restart of a proxy. */
const REFUSALS_TO_END = 2;

/** A stream that has been silent for a while. */
export interface SilentStream {
  readonly provider: Provider;
  /** Monotonic ms at which its upstream last sent something. */
  readonly lastActivityAt: number;
  readonly isSettled: boolean;
  /** Its server has refused two connections in a row during this silence. */
  serverVanished(): void;
}

/** The last probe of a server. */
interface Probe {
  readonly at: number;
  readonly refused: Promise<boolean>;
}

/** The refused connections in a row during one silence of a stream. */
interface Refusals {
  readonly lastActivityAt: number;
  readonly count: number;
}

/**
 * Probes the servers of silent local streams. A server that exits can leave a stream open in silence: on SIGTERM
 * vLLM closes its port at once, but neither ends nor resets the connections of running requests. Silence alone proves
 * nothing, since a long prompt or a long tool argument is silent too; a port at which nobody listens does.
 */
export class SilenceProbes {
  readonly #now: () => number;
  /** By the identity of the provider, which a reload with another address changes. */
  readonly #probes = new WeakMap<object, Probe>();
  readonly #refusals = new WeakMap<SilentStream, Refusals>();

  /** `now` gives monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Probes the server of a silent stream, and ends the stream if it is the second refusal of this silence. */
  probe(stream: SilentStream): void {
    const { lastActivityAt, provider } = stream;
    void this.#refuses(provider).then((refused) => {
      if (stream.isSettled || stream.lastActivityAt !== lastActivityAt) return;
      const before = this.#refusals.get(stream);
      const count = !refused ? 0 : before?.lastActivityAt === lastActivityAt ? before.count + 1 : 1;
      if (count >= REFUSALS_TO_END) stream.serverVanished();
      else this.#refusals.set(stream, { lastActivityAt, count });
    });
  }

  /** Never rejects. */
  #refuses(provider: Provider): Promise<boolean> {
    const now = this.#now();
    const last = this.#probes.get(provider.identity);
    if (last !== undefined && now - last.at < SHARED_PROBE_MS) return last.refused;
    const refused = refusesConnections(provider);
    this.#probes.set(provider.identity, { at: now, refused });
    return refused;
  }
}

/** Any answer, even an error or none in time, comes from a process that still listens. */
async function refusesConnections(provider: Provider): Promise<boolean> {
  try {
    await provider.list(AbortSignal.timeout(SILENCE_PROBE_MS));
    return false;
  } catch (error) {
    return error instanceof ProbeError && error.refused;
  }
}

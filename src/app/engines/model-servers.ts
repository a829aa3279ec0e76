import type { Engines } from '../../engines/engines.ts';
import type { Connector } from '../../providers/connection/connector.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import { loopbackConnector } from './loopback-connector.ts';

/** The connections to servers that Laneway has started. */
export class ModelServers {
  readonly #engines: () => Engines;
  readonly #connectors = new Map<string, Connector>();

  constructor(engines: () => Engines) {
    this.#engines = engines;
  }

  /**
   * The provider, with the server of the model where that is another than the provider's: one of its own, or a router that
   * was started since the request came, at a changed address.
   */
  readonly serverOf = (provider: Provider, { provider: { id }, upstreamId }: ModelEntry): Provider => {
    const address = this.#engines().addressOf(id, upstreamId);
    if (address === null || address === provider.baseUrl) return provider;
    const connector = this.#connectorOf(address);
    return { ...provider, baseUrl: address, send: (request, handler) => connector.send(request, handler) };
  };

  /** Aborts all calls in progress. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#connectors.values()].map((connector) => connector.destroy()));
  }

  /** Kept for good: a port that another model gets later is the same address. */
  #connectorOf(baseUrl: string): Connector {
    const known = this.#connectors.get(baseUrl);
    if (known !== undefined) return known;
    const made = loopbackConnector(baseUrl);
    this.#connectors.set(baseUrl, made);
    return made;
  }
}

import type { Engines } from '../engines/engines.ts';
import type { EventHub } from '../http/events/event-hub.ts';
import { discoveryEvent } from '../http/events/sources.ts';
import type { Failure } from '../protocol/failure.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderSet } from '../providers/provider-set.ts';
import { Discovery } from '../registry/providers/discovery.ts';
import type { Registry } from '../registry/registry.ts';
import type { Health } from '../routing/health.ts';
import type { AppOptions } from './options.ts';

/** Creates the discovery of the configured servers, which reports to registry, events and log. */
export function createDiscovery(
  { clock, log }: AppOptions,
  registry: Registry,
  health: Health,
  events: EventHub,
  providers: ProviderSet,
  engines: () => Engines,
): Discovery {
  return new Discovery(providers.current.values(), {
    clock,
    health,
    ownListing: (providerId) => engines().listing(providerId),
    onListing: (providerId, listing) => {
      registry.applyListing(providerId, listing);
      void engines().noteListing(providerId);
    },
    onListingChanged: (change) => {
      events.publish('discovery', discoveryEvent(change));
    },
    onReachabilityChanged: (provider, failure) => {
      log.info({ provider: provider.id }, reachability(provider, failure, engines()));
    },
  });
}

function reachability(
  { id, name, baseUrl }: Provider,
  failure: Failure | null,
  engines: Pick<Engines, 'startsServers'>,
): string {
  // Nothing is at its address.
  if (engines.startsServers(id)) return `${name}: Laneway starts a server for each model that it loads`;
  return `${name} at ${baseUrl} ${failure === null ? 'is reachable' : failure.summary}`;
}

import type { Engines } from '../engines/engines.ts';
import type { EventHub } from '../http/events/event-hub.ts';
import { discoveryEvent } from '../http/events/sources.ts';
import type { ProviderSet } from '../providers/provider-set.ts';
import { Discovery } from '../registry/discovery.ts';
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
      const status = failure === null ? 'is reachable' : failure.summary;
      log.info({ provider: provider.id }, `${provider.name} at ${provider.baseUrl} ${status}`);
    },
  });
}

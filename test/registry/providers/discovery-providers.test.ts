import { afterEach, expect, test, vi } from 'vitest';
import type { ListedModel, Listing, Provider } from '../../../src/providers/provider.ts';
import {
  Discovery,
  type DiscoveryPorts,
  type ListingChange,
} from '../../../src/registry/providers/discovery.ts';
import { Health } from '../../../src/routing/health.ts';

/** The part of a provider that discovery uses. */
function provider(id: string, list: () => Promise<Listing>, missingKey: string | null = null): Provider {
  return { id, name: id, baseUrl: 'http://127.0.0.1:9', missingKey, list } as unknown as Provider;
}

function listing(...ids: string[]): Listing {
  const models = ids.map((id): ListedModel => ({
    ...{ id, name: null, kind: 'chat', status: 'available', capabilities: {} },
  }));
  return { models, singleModel: false };
}

const noteActivity: string[] = [];
const changes: ListingChange[] = [];
let discovery: Discovery;

function discover(...providers: Provider[]): Discovery {
  const ports: DiscoveryPorts = {
    clock: { now: () => performance.now(), wall: () => Date.now() },
    health: new Health(() => 0.5),
    ownListing: () => null,
    onListing: (id) => noteActivity.push(id),
    onListingChanged: (change) => changes.push(change),
    onReachabilityChanged: () => undefined,
  };
  discovery = new Discovery(providers, ports);
  return discovery;
}

afterEach(() => {
  discovery.stop();
  noteActivity.length = 0;
  changes.length = 0;
  vi.useRealTimers();
});

test('a reload probes only new providers at once', async () => {
  const stays = vi.fn(() => Promise.resolve(listing('m')));
  const old = provider('a', stays);
  await discover(old).start();
  const fresh = vi.fn(() => Promise.resolve(listing('n')));
  discovery.setProviders([old, provider('b', fresh)]);
  await vi.waitFor(() => expect(noteActivity).toEqual(['a', 'b']));
  expect(stays).toHaveBeenCalledOnce();
  expect(discovery.isFresh('a')).toBe(true);
});

test('the result of a replaced provider’s probe is ignored, and it is not probed again', async () => {
  vi.useFakeTimers();
  let answer = (_: Listing): void => undefined;
  const slow = new Promise<Listing>((resolve) => (answer = resolve));
  const old = vi.fn(() => slow);
  const running = discover(provider('a', old)).start();
  discovery.setProviders([provider('a', () => Promise.resolve(listing('new')))]);
  await vi.advanceTimersByTimeAsync(1);
  answer(listing('old'));
  await running;
  expect(changes).toMatchObject([{ providerId: 'a', added: ['new'], removed: [] }]);
  expect(noteActivity).toEqual(['a']);
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(old).toHaveBeenCalledOnce();
});

test('a provider that was removed or lost its key is not probed again', async () => {
  vi.useFakeTimers();
  const gone = vi.fn(() => Promise.resolve(listing('m')));
  const keyless = vi.fn(() => Promise.resolve(listing('m')));
  await discover(provider('a', gone), provider('b', keyless)).start();
  discovery.setProviders([provider('b', keyless, 'set B_API_KEY')]);
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(gone).toHaveBeenCalledOnce();
  expect(keyless).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
  expect(await discovery.refresh('a', 1_000)).toBeNull();
});

test('a change of providers before the start of discovery probes nothing', () => {
  const list = vi.fn(() => Promise.resolve(listing('m')));
  discover().setProviders([provider('a', list)]);
  expect(list).not.toHaveBeenCalled();
});

test('a list is reported as changed only when its ids differ', async () => {
  vi.useFakeTimers();
  let now = listing('m', 'n');
  await discover(provider('a', () => Promise.resolve(now))).start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(changes).toEqual([{ providerId: 'a', added: ['m', 'n'], removed: [], changed: [], models: 2 }]);
  now = listing('n', 'o');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(changes.slice(1)).toEqual([
    { providerId: 'a', added: ['o'], removed: ['m'], changed: [], models: 2 },
  ]);
});

test('a model that is loaded or unloaded is reported, once for each change', async () => {
  let status: ListedModel['status'] = 'unloaded';
  const list = (): Promise<Listing> => {
    const { models, singleModel } = listing('m', 'n');
    return Promise.resolve({
      models: models.map((each) => (each.id === 'm' ? { ...each, status } : each)),
      singleModel,
    });
  };
  const found = discover(provider('a', list));
  await found.start();
  for (const next of ['loading', 'loaded', 'loaded'] as const) {
    status = next;
    await found.refresh('a', 1_000);
  }
  const change = { providerId: 'a', added: [], removed: [], changed: ['m'], models: 2 };
  expect(changes.slice(1)).toEqual([change, change]);
});

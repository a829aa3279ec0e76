import { afterEach, expect, test, vi } from 'vitest';

import type { EngineLimits } from '../../../src/engines/drivers/timing.ts';
import type { EngineConfiguration } from '../../../src/engines/members/engine-member.ts';
import { EngineMembers } from '../../../src/engines/members/engine-members.ts';
import { Leases, type Use } from '../../../src/engines/pool/requests/leases.ts';

// A change of an engine's settings, or its end, must not cut the streams that its servers answer.

const engineOf = (more: Partial<EngineConfiguration> = {}): EngineConfiguration => ({
  ...{ providerId: 'l', providerType: 'llamacpp', baseUrl: null, manage: 'auto', models: null },
  ...{ command: ['llama-server'], start: null, stop: null, limits: { stallMs: 1_000, stopMs: 1_000 } },
  ...{ pool: 'local', idleUnloadMs: null },
  ...more,
});
const CHANGED = engineOf({ command: ['llama-server', '--threads', '1'] });

const use = (target: string): Use => ({ target, burstLane: null });

class Harness {
  readonly leases = new Leases();
  /** What has happened to drivers, by their commands. */
  readonly events: string[] = [];
  readonly lines: string[] = [];
  readonly limits: EngineLimits[] = [];
  readonly members: EngineMembers;

  constructor(patienceMs = 60_000) {
    const note = (_: object, message: string): void => {
      this.lines.push(message);
    };
    this.members = new EngineMembers({
      createDriver: ({ command, limits }) =>
        Promise.resolve(this.#driverOf(command?.join(' ') ?? '', limits)),
      filesRead: () => Promise.resolve(),
      onCreated: () => Promise.resolve(),
      onModels: () => Promise.resolve(),
      onLeft: () => this.events.push('left'),
      requests: this.leases,
      patienceMs: () => patienceMs,
      log: { info: note, warn: note, error: note },
    });
    running.push(this.members);
  }

  #driverOf(command: string, limits: EngineLimits): never {
    this.events.push(`created ${command}`);
    this.limits.push(limits);
    const close = (): Promise<void> => {
      this.events.push(`closed ${command}`);
      return Promise.resolve();
    };
    return { driver: { close }, ownRouter: null, obstacle: null } as never;
  }
}

const running: EngineMembers[] = [];
afterEach(async () => {
  for (const members of running.splice(0)) await members.close();
});

test('a stream keeps its server until it has ended, and new requests wait for the next one', async () => {
  const harness = new Harness();
  const { members, leases, events, lines } = harness;
  await members.update([engineOf()]);
  const end = leases.add(use('l/a'));
  const changed = members.update([CHANGED]);
  const next = members.starting.of('l/a');
  expect(next?.why()).toBe('its engine is started again once 1 request has ended');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(events).toEqual(['created llama-server']);
  end();
  await next?.ended;
  expect(events).toEqual([
    'created llama-server',
    'left',
    'closed llama-server',
    'created llama-server --threads 1',
  ]);
  await changed;
  expect(members.starting.of('l/a')).toBeNull();
  expect(lines).toEqual([
    'the engine of provider "l" is started again with its new settings once 1 request has ended',
  ]);
});

test('a stream that does not end in time is cut, and the log says so', async () => {
  const { members, leases, events, lines } = new Harness(30);
  await members.update([engineOf()]);
  const cut = vi.fn();
  leases.add({ ...use('l/a'), revoke: cut });
  leases.add(use('l/b'));
  await members.update([]);
  expect(cut).toHaveBeenCalledOnce();
  expect(events).toEqual(['created llama-server', 'left', 'closed llama-server']);
  expect(lines.at(-1)).toBe(
    'the engine of provider "l" ends although 2 requests have not ended within 0 s (max_wait_s)',
  );
});

test('settings that are changed back in the meantime leave the server alone, and new requests go on at once', async () => {
  const { members, leases, events, lines } = new Harness();
  await members.update([engineOf()]);
  leases.add(use('l/a'));
  const changed = members.update([CHANGED]);
  await members.update([engineOf()]);
  await changed;
  expect(events).toEqual(['created llama-server']);
  expect(lines).toHaveLength(1);
  expect(members.starting.of('l/a')).toBeNull();
});

test('settings that are changed back and forth at once end as the last ones', async () => {
  const { members, leases, events } = new Harness();
  await members.update([engineOf()]);
  const end = leases.add(use('l/a'));
  const updates = [CHANGED, engineOf(), CHANGED].map((each) => members.update([each]));
  end();
  await Promise.all(updates);
  expect(events.at(-1)).toBe('created llama-server --threads 1');
});

test('requests of other providers keep no server from being started again', async () => {
  const { members, leases, events } = new Harness();
  await members.update([engineOf()]);
  leases.add(use('other/a'));
  await members.update([CHANGED]);
  expect(events.at(-1)).toBe('created llama-server --threads 1');
});

test('changed limits hold for the driver that runs', async () => {
  const { members, limits } = new Harness();
  await members.update([engineOf()]);
  await members.update([engineOf({ limits: { stallMs: 600_000, stopMs: 2_000 } })]);
  expect(limits).toEqual([{ stallMs: 600_000, stopMs: 2_000 }]);
});

test('a shutdown waits for no stream', async () => {
  const { members, leases, events } = new Harness();
  await members.update([engineOf()]);
  leases.add(use('l/a'));
  void members.update([CHANGED]);
  await members.close();
  expect(events).toEqual(['created llama-server', 'closed llama-server']);
});

import { expect, test } from 'vitest';

import { Gate, type GateWaiter, type Held } from '../../../src/execution/admit/gate.ts';

/** A gate with one place, which is taken, and the names of those that get it after that, in order. */
function fullGate(): {
  gate: Gate;
  served: string[];
  wait: (name: string, lane?: string, background?: boolean) => GateWaiter;
  serve: (count: number) => void;
  clock: { ms: number };
} {
  const clock = { ms: 0 };
  const gate = new Gate(1, { now: () => clock.ms });
  const served: string[] = [];
  let held: Held | null = gate.tryEnter();
  const wait = (name: string, lane = 'main', background = false): GateWaiter => {
    const waiter = {
      ...{ lane, background, maxWaiting: 64 },
      granted: (next: Held) => {
        served.push(name);
        held = next;
      },
      opened: () => served.push(`${name} may go`),
    };
    gate.join(waiter);
    return waiter;
  };
  const serve = (count: number): void => {
    for (let n = 0; n < count; n += 1) held?.leave();
  };
  return { gate, served, wait, serve, clock };
}

test('requests of one lane are served in the order in which they came', () => {
  const { served, wait, serve } = fullGate();
  for (const name of ['1', '2', '3']) wait(name);
  serve(3);
  expect(served).toEqual(['1', '2', '3']);
});

test('a lane with few requests does not wait behind all of a busy one', () => {
  const { served, wait, serve } = fullGate();
  for (const name of ['a1', 'a2', 'a3', 'a4']) wait(name, 'a');
  for (const name of ['b1', 'b2']) wait(name, 'b');
  serve(6);
  expect(served).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4']);
});

test('background requests go last, but get one turn of eight', () => {
  const { served, wait, serve } = fullGate();
  wait('background', 'main', true);
  for (let n = 1; n <= 10; n += 1) wait(String(n));
  serve(11);
  expect(served).toEqual(['1', '2', '3', '4', '5', '6', '7', 'background', '8', '9', '10']);
});

test('background requests are served in order while nothing else waits', () => {
  const { served, wait, serve } = fullGate();
  for (const name of ['1', '2']) wait(name, 'main', true);
  serve(2);
  expect(served).toEqual(['1', '2']);
});

test('a request that leaves the queue is not served', () => {
  const { gate, served, wait, serve } = fullGate();
  const gone = wait('gone');
  wait('stays');
  gate.quit(gone);
  expect(gate.waiting).toBe(1);
  serve(1);
  expect(served).toEqual(['stays']);
});

test('a higher limit lets those that wait go on at once, and without a limit all of them', () => {
  const { gate, served, wait } = fullGate();
  for (const name of ['1', '2', '3']) wait(name);
  gate.setLimit(2);
  expect(served).toEqual(['1']);
  gate.open();
  expect(served).toEqual(['1', '2 may go', '3 may go']);
});

test('the expected wait grows with the queue, by how long others have held their place', () => {
  const { gate, wait, serve, clock } = fullGate();
  expect(gate.expectedWaitMs()).toBeNull();
  wait('1');
  clock.ms = 4_000;
  serve(1);
  expect(gate.expectedWaitMs()).toBe(4_000);
  wait('2');
  expect(gate.expectedWaitMs()).toBe(8_000);
  gate.setLimit(2);
  expect(gate.expectedWaitMs()).toBe(2_000);
});

import { expect, test } from 'vitest';

import { BarClient } from '../../support/bar-client.ts';
import type { TestGateway } from '../../support/gateway.ts';
import { setUp } from './setup.ts';

interface ReceivedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads events as they arrive. */
class Listener {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = '';

  constructor(answer: Response) {
    if (answer.body === null) throw new Error('no stream');
    this.#reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async on(laneway: TestGateway, lastEventId?: string): Promise<Listener> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    return new Listener(await fetch(`${laneway.url}/api/events`, { headers }));
  }

  /** The next event of that name. */
  async next(name: string): Promise<ReceivedEvent> {
    for (;;) {
      const end = this.#rest.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await this.#reader.read();
        if (done) throw new Error(`the stream ended before a ${name}`);
        this.#rest += value;
        continue;
      }
      const lines = this.#rest.slice(0, end).split('\n');
      this.#rest = this.#rest.slice(end + 2);
      const field = (key: string): string =>
        lines.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2) ?? '';
      if (field('event') === name) {
        return { id: field('id'), event: name, data: JSON.parse(field('data')) as ReceivedEvent['data'] };
      }
    }
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

test('with Prefer: respond-async the reply is 202 and the switch event carries its id', async () => {
  const { bar, laneway } = await setUp();
  const listener = await Listener.on(laneway);
  const { status, headers, body } = await bar.switch(
    { provider: 'b', model: 'm', reason: 'better' },
    { prefer: 'respond-async, wait=10' },
  );
  expect(status).toBe(202);
  expect(headers.get('preference-applied')).toBe('respond-async');
  expect(body).toEqual({
    ...{ accepted: true, switch_id: body.switch_id, provider: 'b', model: 'm' },
  });
  const { data } = await listener.next('switch');
  expect(data).toEqual({
    ...{ switch_id: body.switch_id, kind: 'assignment', state: 'done', progress: 1, node: 'lane:main' },
    ...{ user: null, from: null, to: 'b/m', actor: 'local', reason: 'better', generation: 2 },
  });
  expect(await bar.active()).toBe('b/m');
  await listener.close();
});

test('an awaited switch that changes nothing still sends its event, once, and keeps the generation', async () => {
  const { bar, laneway } = await setUp();
  const later = { prefer: 'respond-async' };
  const listener = await Listener.on(laneway);
  const first = await bar.switch({ provider: 'b', model: 'm' }, later);
  const second = await bar.switch({ provider: 'b', model: 'm' }, later);
  const third = await bar.switch({ provider: 'a', model: 'm' }, later);
  const received = [
    await listener.next('switch'),
    await listener.next('switch'),
    await listener.next('switch'),
  ].map(({ data }) => [data['switch_id'], data['from'], data['to'], data['generation']]);
  expect(received).toEqual([
    [first.body.switch_id, null, 'b/m', 2],
    [second.body.switch_id, 'b/m', 'b/m', 2],
    [third.body.switch_id, 'b/m', 'a/m', 3],
  ]);
  await listener.close();
});

test('a reader that reconnects receives the switches it missed', async () => {
  const { bar, laneway } = await setUp();
  const listener = await Listener.on(laneway);
  await bar.switch({ provider: 'b', model: 'm' });
  const { id } = await listener.next('switch');
  await listener.close();
  await new BarClient(laneway, 'ann').switch({ provider: 'b', model: 'org/name:free' });
  await bar.switch({ provider: 'a', model: 'm' });
  const back = await Listener.on(laneway, id);
  expect((await back.next('switch')).data).toMatchObject({ user: 'ann', to: 'b/org/name:free' });
  expect((await back.next('switch')).data).toMatchObject({ user: null, from: 'b/m', to: 'a/m' });
  await back.close();
});

test('finished requests are sent to readers', async () => {
  const { bar, laneway } = await setUp();
  const listener = await Listener.on(laneway);
  await bar.ask();
  const { data } = await listener.next('request');
  expect(data['requests']).toMatchObject([{ state: 'settled', target: 'a/m', attempts: 1, status: 200 }]);
  await listener.close();
});

test('a web page may read the events when its origin is allowed', async () => {
  const { laneway } = await setUp();
  const origin = 'http://localhost:5173';
  const answer = await fetch(`${laneway.url}/api/events`, { headers: { origin } });
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  expect(answer.headers.get('etag')).toBeNull();
  await answer.body?.cancel();
});

test('the gateway stops although a reader is connected', async () => {
  const { laneway } = await setUp();
  const answer = await fetch(`${laneway.url}/api/events`);
  const text = answer.text();
  await laneway.app.close();
  expect(await text).toBe('');
});

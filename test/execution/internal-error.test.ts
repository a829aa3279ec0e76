import { afterEach, expect, test, vi } from 'vitest';

import { messagesCodec } from '../../src/wire/anthropic-messages/codec.ts';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { FAKE_TYPES, FAKE_VARIABLES, laneOfKinds, message, messageStream } from '../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function setUp(): Promise<TestGateway> {
  const said = { type: 'text', text: 'Yes.' } as const;
  const upstream = await startFakeUpstream(
    chatScript((request) =>
      (request.json() as { stream?: boolean }).stream === true
        ? messageStream([said])
        : json(200, message([said])),
    ),
  );
  const config = laneOfKinds([{ kind: 'anthropic', url: upstream.url }]);
  const laneway = await startGateway({ config, types: FAKE_TYPES, variables: FAKE_VARIABLES });
  running.push({ stop: () => upstream.close() }, laneway);
  return laneway;
}

function failInternally(): never {
  throw new TypeError('an internal error of this test');
}

test.each([false, true])(
  'an internal error in a codec is a 500 at once and leaves nothing hanging (stream: %s)',
  async (stream) => {
    const laneway = await setUp();
    vi.spyOn(messagesCodec, 'decodeReply').mockImplementation(failInternally);
    vi.spyOn(messagesCodec, 'openDecoder').mockImplementation(() => ({
      finished: false,
      read: failInternally,
      end: failInternally,
    }));
    const answer = await laneway.chat({ model: 'main', stream });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: { code: 'internal_error' } });
    expect(laneway.log.some(({ level }) => level === 'error')).toBe(true);

    vi.restoreAllMocks();
    expect(await (await laneway.chat({ model: 'main', stream })).text()).toContain('Yes.');
    await laneway.app.recorder.idle();
  },
);

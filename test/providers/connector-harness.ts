import { onTestFinished } from 'vitest';
import { createConnector } from '../../src/providers/connection/connector.ts';
import type { Connector, ConnectorOptions } from '../../src/providers/connection/connector.ts';
import type { UpstreamCall, UpstreamRequest } from '../../src/providers/provider.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import type { FakeOptions, FakeUpstream, Script } from '../support/fake-upstream.ts';
import { UpstreamRecorder } from '../support/upstream-recorder.ts';

/** A connector that is destroyed with its test. */
export function connectorFor(baseUrl: string, options: Partial<ConnectorOptions> = {}): Connector {
  const connector = createConnector({ baseUrl, local: true, headers: {}, connectMs: 2_000, ...options });
  onTestFinished(() => connector.destroy());
  return connector;
}

/** A fake upstream that is closed with its test. */
export async function fake(script: Script, options: FakeOptions = {}): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(script, options);
  onTestFinished(() => upstream.close());
  return upstream;
}

/** A POST with a small body, unless told otherwise. */
export const POST: UpstreamRequest = {
  method: 'POST',
  path: '/chat/completions',
  headers: {},
  body: Buffer.from('{"model":"m"}'),
};

/** Starts a call and gives what hears it. */
export function start(
  connector: Connector,
  request: Partial<UpstreamRequest> = {},
): { call: UpstreamCall; heard: UpstreamRecorder } {
  const heard = new UpstreamRecorder();
  return { call: connector.send({ ...POST, ...request }, heard), heard };
}

/** Makes a call and waits for its end or error. */
export async function send(
  connector: Connector,
  request: Partial<UpstreamRequest> = {},
): Promise<UpstreamRecorder> {
  const { heard } = start(connector, request);
  await heard.over;
  return heard;
}

/** Some turns of the event loop, so that what must not happen had its chance. */
export function pause(ms = 30): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

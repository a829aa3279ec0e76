import { onTestFinished } from 'vitest';
import { createConnector } from '../../src/providers/connection/connector.ts';
import type { Connector, ConnectorOptions } from '../../src/providers/connection/connector.ts';
import type { UpstreamCall, UpstreamRequest } from '../../src/providers/provider.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import type { FakeOptions, FakeUpstream, Script } from '../support/fake-upstream.ts';
import { UpstreamRecorder } from '../support/upstream-recorder.ts';

/** A connector that is destroyed after its test. */
export function connectorFor(baseUrl: string, options: Partial<ConnectorOptions> = {}): Connector {
  const connector = createConnector({ baseUrl, local: true, headers: {}, connectMs: 2_000, ...options });
  onTestFinished(() => connector.destroy());
  return connector;
}

/** A fake upstream that is closed after its test. */
export async function fake(script: Script, options: FakeOptions = {}): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(script, options);
  onTestFinished(() => upstream.close());
  return upstream;
}

/** A POST with a small body, apart from what is given. */
export const POST: UpstreamRequest = {
  method: 'POST',
  path: '/chat/completions',
  headers: {},
  body: Buffer.from('{"model":"m"}'),
};

/** Starts a call and returns its recorder. */
export function start(
  connector: Connector,
  request: Partial<UpstreamRequest> = {},
): { call: UpstreamCall; recorder: UpstreamRecorder } {
  const recorder = new UpstreamRecorder();
  return { call: connector.send({ ...POST, ...request }, recorder), recorder };
}

/** Makes a call and waits for its end or error. */
export async function send(
  connector: Connector,
  request: Partial<UpstreamRequest> = {},
): Promise<UpstreamRecorder> {
  const { recorder } = start(connector, request);
  await recorder.over;
  return recorder;
}

/** Waits for some turns of the event loop, so that unwanted events can occur. */
export function pause(ms = 30): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { expect, onTestFinished, test } from 'vitest';

import type { ListenError } from '../../src/cli/listening.ts';
import { listenError } from '../../src/cli/listening.ts';
import { findPortUser, type PortUser } from '../../src/cli/port-user.ts';
import { refusedUrl } from '../support/fake-network.ts';
import { hang, json, send } from '../support/fake-replies.ts';
import { startFakeUpstream, type Script } from '../support/fake-upstream.ts';

async function userOf(script: Script): Promise<PortUser> {
  const server = await startFakeUpstream(script);
  onTestFinished(() => server.close());
  return findPortUser(server.url);
}

function laneway(models: readonly string[]): Script {
  return ({ path }) =>
    path === '/health'
      ? json(200, { status: 'ok', version: '1.2.3', uptime_s: 4 }, { 'x-request-id': 'req_1' })
      : json(200, { object: 'list', data: models.map((id) => ({ id })) });
}

function messageFor(user: PortUser): string {
  const error = Object.assign(new Error('listen'), { code: 'EADDRINUSE' });
  return (listenError(error, '127.0.0.1', 4600, user) as ListenError).message;
}

test('another Laneway on the port is named with its version', async () => {
  const user = await userOf(laneway(['evaluate', 'openai/gpt-5']));
  expect(user).toEqual({ kind: 'laneway', version: '1.2.3', isDemo: false });
  expect(messageFor(user)).toMatch(/another Laneway \(version 1\.2\.3\).*stop it first.*LANEWAY_PORT/);
});

test('the demo on the port is to be stopped first', async () => {
  const user = await userOf(laneway(['evaluate', 'demo/quick']));
  expect(user).toMatchObject({ isDemo: true });
  expect(messageFor(user)).toMatch(/stop the demo first, or set LANEWAY_PORT .*4601/);
});

test('a Laneway that requires a token is named too', async () => {
  const health = laneway([]) as (request: never) => ReturnType<typeof json>;
  const user = await userOf((request) =>
    request.path === '/health' ? health(request as never) : json(401, { error: {} }),
  );
  expect(user).toMatchObject({ kind: 'laneway', isDemo: false });
});

test.each<[string, Script]>([
  ['another web server', json(200, { status: 'ok' })],
  ['a server with a similar page', json(200, { status: 'ok', version: '1', uptime_s: 1 })],
  ['a web page', json(404, {})],
  [
    'a version that is no version',
    json(200, { version: '\u001b[2J', uptime_s: 1 }, { 'x-request-id': 'req_1' }),
  ],
  ['no HTTP', [send('SSH-2.0-OpenSSH_9.9\r\n')]],
  ['no answer', [hang()]],
])('%s is another program', async (_name, script) => {
  const user = await userOf(script);
  expect(user).toEqual({ kind: 'unknown' });
  expect(messageFor(user)).toMatch(
    /stop the other program, or set LANEWAY_PORT to another port, such as 4601/,
  );
});

test('a port without a server is not an error', async () => {
  expect(await findPortUser(await refusedUrl())).toEqual({ kind: 'unknown' });
});

import { afterEach, expect, test } from 'vitest';

import { ended, stopAll } from '../http/operator.ts';
import { startGateway } from '../support/gateway.ts';

afterEach(stopAll);

test('the log does not say that a server is reachable where Laneway starts one for each model', async () => {
  const engine = { command: ['llama-server', '-m', '{path}', '--port', '{port}'] };
  // In place of the default address, where a server of this machine may answer.
  const base_url = 'http://127.0.0.1:1';
  const config = { providers: { l: { type: 'llamacpp', name: 'llama.cpp', base_url, engine } } };
  const gateway = ended(await startGateway({ config, engines: {} }));
  await gateway.app.engines.start();
  await gateway.app.discovery.start();
  const lines = gateway.log.map(({ message }) => message);
  expect(lines).toContain('llama.cpp: Laneway starts a server for each model that it loads');
  expect(lines.filter((line) => line.includes(base_url))).toEqual([]);
});

import { afterEach, expect, test } from 'vitest';

import { ended, stopAll } from '../http/operator.ts';
import { startGateway } from '../support/gateway.ts';

afterEach(stopAll);

test('the log does not say that a server is reachable where Laneway starts one for each model', async () => {
  const engine = { command: ['llama-server', '-m', '{path}', '--port', '{port}'] };
  const config = { providers: { l: { type: 'llamacpp', name: 'llama.cpp', engine } } };
  const gateway = ended(await startGateway({ config, engines: {} }));
  await gateway.app.engines.start();
  await gateway.app.discovery.start();
  const lines = gateway.log.map(({ message }) => message);
  expect(lines).toContain('llama.cpp: Laneway starts a server for each model that it loads');
  expect(lines.filter((line) => line.includes('8080'))).toEqual([]);
});

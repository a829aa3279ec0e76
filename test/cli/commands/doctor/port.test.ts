import { expect, test } from 'vitest';
import { doctor, freePort, healthy, serve, setUp } from './harness.ts';

test('a port that another program has is a fault, with another port to set', async () => {
  const port = await serve((_, response) => response.end('hello'));
  const surroundings = await setUp({
    files: { 'models.json': await healthy() },
    variables: { LANEWAY_PORT: String(port) },
  });
  const { code, of } = await doctor(surroundings);
  expect(code).toBe(1);
  expect(of('port_taken')).toMatchObject([
    {
      severity: 'fault',
      found: `127.0.0.1:${port} is already in use (EADDRINUSE) by a program that is not a Laneway`,
      fix: expect.stringContaining(`set LANEWAY_PORT to another port, such as ${port + 1}`),
    },
  ]);
});

test('a host that is no address of this machine is a fault', async () => {
  const variables = { LANEWAY_HOST: '192.0.2.1' };
  const { of } = await doctor(await setUp({ files: { 'models.json': await healthy() }, variables }));
  expect(of('address')).toMatchObject([{ found: expect.stringMatching(/^LANEWAY_HOST: 192\.0\.2\.1: /) }]);
});

test('a second port that Ollama has is a warning: the first one serves', async () => {
  const port = await serve((_, response) => response.end('Ollama is running'));
  const variables = { LANEWAY_OLLAMA_PORT: String(port) };
  const taken = await doctor(await setUp({ files: { 'models.json': await healthy() }, variables }));
  expect([taken.code, taken.of('port_taken')]).toMatchObject([0, [{ severity: 'warning' }]]);
  const free = { LANEWAY_OLLAMA_PORT: String(await freePort()) };
  const fine = await doctor(await setUp({ files: { 'models.json': await healthy() }, variables: free }));
  expect(fine.of('port_taken')).toEqual([]);
});

test('an address that is named and does not answer is a fault', async () => {
  const surroundings = await setUp({ files: { 'models.json': await healthy() } });
  const { code, of } = await doctor(surroundings, '--url', `http://127.0.0.1:${await freePort()}`);
  expect(code).toBe(1);
  expect(of('no_gateway')).toMatchObject([
    {
      severity: 'fault',
      found: expect.stringContaining('ECONNREFUSED'),
      fix: expect.stringContaining('--url'),
    },
  ]);
});

import { expect, test } from 'vitest';
import { ListenError, urlHost, isAllNetworks, listenError } from '../../src/cli/listening.ts';

const systemError = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

test.each([
  ['ENOTFOUND', 2, 'LANEWAY_HOST'],
  ['EAI_AGAIN', 2, 'LANEWAY_HOST'],
  ['EADDRNOTAVAIL', 2, 'LANEWAY_HOST'],
  ['EADDRINUSE', 5, 'LANEWAY_PORT'],
  ['EACCES', 5, 'LANEWAY_PORT'],
])('%s when listening is exit %i and one line with what to set', (code, exitCode, variable) => {
  const fault = listenError(systemError(code), 'box.lan', 80);
  expect(fault).toBeInstanceOf(ListenError);
  const { message } = fault as ListenError;
  expect(fault).toMatchObject({ exitCode });
  expect(message).toContain(code);
  expect(message).toContain('box.lan');
  expect(message).toContain(`${variable}`);
  expect(message).not.toContain('\n');
});

test('other errors of listening are returned unchanged', () => {
  const error = systemError('EMFILE');
  expect(listenError(error, '127.0.0.1', 80)).toBe(error);
});

test.each([
  ['0.0.0.0', '127.0.0.1', true],
  ['::', '[::1]', true],
  ['0:0:0:0:0:0:0:0', '[::1]', true],
  ['::1', '[::1]', false],
  ['192.168.1.4', '192.168.1.4', false],
  ['box.lan', 'box.lan', false],
])('%s appears in URLs as %s; on all networks: %s', (host, name, all) => {
  expect([urlHost(host), isAllNetworks(host)]).toEqual([name, all]);
});

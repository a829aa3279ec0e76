import { expect, onTestFinished, test } from 'vitest';
import { startFakeUpstream } from '../../../support/fake-upstream.ts';
import { json } from '../../../support/fake-replies.ts';
import { selfSigned } from '../../../support/self-signed.ts';
import { realGateway } from '../real-gateway.ts';
import { at, doctor, engine, freePort, setUp } from './harness.ts';

const provider = (base_url: string, local: boolean): Readonly<Record<string, unknown>> => ({
  providers: { sky: { type: 'openai_compatible', base_url, local } },
});

test('a name that does not resolve is a fault with the host', async () => {
  const config = provider('https://nothing.invalid/v1', false);
  const without = await doctor(await setUp({ files: { 'models.json': config } }));
  const gateway = await realGateway({ config });
  const running = await doctor({}, '--url', gateway.url);
  for (const { code, of } of [without, running]) {
    expect(code).toBe(1);
    expect(of('dns')).toMatchObject([
      {
        severity: 'fault',
        found: expect.stringMatching(/^sky was not found in DNS .*: nothing\.invalid$/),
        fix: expect.stringContaining('getent hosts nothing.invalid'),
      },
    ]);
  }
});

test('a certificate that nobody trusts is a fault with the variable for it', async () => {
  const upstream = await startFakeUpstream(json(200, { data: [] }), { tls: selfSigned() });
  onTestFinished(() => upstream.close().catch(() => undefined));
  const config = provider(`https://127.0.0.1:${upstream.port}/v1`, true);
  const without = await doctor(await setUp({ files: { 'models.json': config } }));
  const gateway = await realGateway({ config });
  const running = await doctor({}, '--url', gateway.url);
  for (const { code, of } of [without, running]) {
    expect(code).toBe(1);
    expect(of('tls')).toMatchObject([
      {
        severity: 'fault',
        found: expect.stringContaining(
          'sky has a self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT), at https:',
        ),
        fix: expect.stringContaining('set NODE_EXTRA_CA_CERTS to a PEM file'),
      },
    ]);
  }
});

test('a proxy that does not answer is a fault of the providers that need it, and its password is not printed', async () => {
  const variables = { HTTPS_PROXY: `http://user:fake-password@127.0.0.1:${await freePort()}` };
  const config = provider('https://nothing.invalid/v1', false);
  const without = await doctor(await setUp({ files: { 'models.json': config }, variables }));
  const gateway = await realGateway({ config, variables });
  const running = await doctor({ variables }, '--url', gateway.url);
  for (const { code, text, of } of [without, running]) {
    expect(code).toBe(1);
    expect(of('proxy')).toMatchObject([
      {
        severity: 'fault',
        found: expect.stringMatching(
          /^sky was not reached: the proxy 127\.0\.0\.1:\d+ refused the connection$/,
        ),
        fix: 'check HTTPS_PROXY',
      },
    ]);
    expect(text).not.toContain('fake-password');
  }
});

test('a proxy that cannot be used keeps every cloud provider from being called', async () => {
  const variables = { HTTPS_PROXY: 'socks5://127.0.0.1:1080' };
  const files = { 'models.json': provider('https://nothing.invalid/v1', false) };
  const { of } = await doctor(await setUp({ files, variables }));
  expect(of('proxy')).toMatchObject([{ found: expect.stringContaining('HTTPS_PROXY cannot be used') }]);
});

test('a proxy for http without an exception for this machine is a warning, with the exception to set', async () => {
  const files = { 'models.json': { providers: { box: at(await engine([{ id: 'm' }])) } } };
  const HTTP_PROXY = `http://127.0.0.1:${await freePort()}`;
  const { of } = await doctor(await setUp({ files, variables: { HTTP_PROXY } }));
  expect(of('proxy')).toMatchObject([
    { severity: 'warning', fix: expect.stringContaining('NO_PROXY=localhost,127.0.0.1') },
  ]);
  const exempt = { HTTP_PROXY, NO_PROXY: 'example.com, 127.0.0.1' };
  expect((await doctor(await setUp({ files, variables: exempt }))).of('proxy')).toEqual([]);
});

test.each([
  [-3_600_000, 'the clock of this machine is 60 min ahead of '],
  [3_600_000, 'the clock of this machine is 60 min behind '],
])('a clock that is off by an hour (%d ms) is a fault', async (offset, words) => {
  const date = new Date(Date.now() + offset).toUTCString();
  const port = await engine([{ id: 'm' }], { date });
  const { code, of } = await doctor(
    await setUp({ files: { 'models.json': { providers: { box: at(port) } } } }),
  );
  expect(code).toBe(1);
  expect(of('clock_off')).toMatchObject([
    { severity: 'fault', found: `${words}127.0.0.1:${port}`, fix: expect.stringContaining('timedatectl') },
  ]);
});

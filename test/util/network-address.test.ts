import { expect, it } from 'vitest';
import { hostKind } from '../../src/util/network-address.ts';

it('tells hosts by where they lead', () => {
  const kinds = {
    localhost: 'loopback',
    'LOCALHOST.': 'loopback',
    'x.localhost': 'loopback',
    '127.8.9.1': 'loopback',
    '[::1]': 'loopback',
    '::ffff:127.0.0.1': 'loopback',
    '10.0.0.1': 'private',
    '172.31.255.255': 'private',
    '172.32.0.1': 'public',
    '192.168.1.1': 'private',
    '100.64.0.1': 'private',
    '[fd00::1]': 'private',
    '169.254.169.254': 'forbidden',
    '[::ffff:a9fe:a9fe]': 'forbidden',
    '[fe80::1]': 'forbidden',
    '0.0.0.0': 'forbidden',
    '[::]': 'forbidden',
    '224.0.0.1': 'forbidden',
    '255.255.255.255': 'forbidden',
    '100.100.100.200': 'forbidden',
    '168.63.129.16': 'forbidden',
    '[64:ff9b::a9fe:a9fe]': 'forbidden',
    '198.18.0.7': 'private',
    '[fd00:ec2::254]': 'forbidden',
    'metadata.google.internal.': 'forbidden',
    '8.8.8.8': 'public',
    '[2606:4700::1111]': 'public',
    'api.openai.com': 'name',
    'localhost.example.com': 'name',
    'gpu-box': 'name',
  };
  expect(Object.fromEntries(Object.keys(kinds).map((host) => [host, hostKind(host)]))).toEqual(kinds);
});

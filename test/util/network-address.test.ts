import { expect, it, test } from 'vitest';
import { addressKind, hostKind } from '../../src/util/network-address.ts';

test.each([
  ['169.254.169.254', 'the metadata service'],
  ['169.254.0.1', 'IPv4 link-local'],
  ['fe80::1', 'IPv6 link-local'],
  ['fe80::1%eth0', 'IPv6 link-local with a zone'],
  ['febf:ffff::1', 'the end of IPv6 link-local'],
  ['fd00:ec2::254', "AWS's IPv6 metadata service"],
  ['fd20:ce::254', "Google's IPv6 metadata service"],
  ['100.100.100.200', "Alibaba's metadata service"],
  ['192.0.0.192', "Oracle's metadata service"],
  ['168.63.129.16', "Azure's WireServer"],
  ['::ffff:169.254.169.254', 'mapped'],
  ['::ffff:a9fe:a9fe', 'mapped, in hex'],
  ['::169.254.169.254', 'compatible'],
  ['::ffff:0:169.254.169.254', 'translated (SIIT)'],
  ['64:ff9b::169.254.169.254', 'NAT64'],
  ['64:ff9b:1::a9fe:a9fe', 'local NAT64, whose inner address cannot be known'],
  ['2002:a9fe:a9fe::1', '6to4'],
  ['2002:6464:64c8::', "Alibaba's in 6to4"],
  ['2001:0:1::1', 'Teredo'],
  ['224.0.0.1', 'multicast'],
  ['ff02::1', 'IPv6 multicast'],
  ['255.255.255.255', 'broadcast'],
  ['fec0::1', 'site-local'],
  ['100::1', 'discard'],
  ['', 'nothing'],
  ['localhost', 'a name'],
])('%s is forbidden (%s)', (address) => {
  expect(addressKind(address)).toBe('forbidden');
});

test.each([
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '198.18.0.1',
  '::1',
  '::',
  '::2',
  'fc00::1',
  'fdff:ffff::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::10.0.0.1',
  '2002:7f00:1::',
  '2002:c0a8:101::1',
])('%s is for local providers only', (address) => {
  expect(['private', 'loopback']).toContain(addressKind(address));
});

test.each([
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '169.253.255.255',
  '2606:4700::1111',
  '::ffff:1.1.1.1',
  '64:ff9b::1.1.1.1',
  '2002:101:101::1',
])('%s is public', (address) => {
  expect(addressKind(address)).toBe('public');
});

it('classifies hosts', () => {
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
    '0.0.0.0': 'private',
    '[::]': 'private',
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

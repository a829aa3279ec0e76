import { describe, expect, it } from 'vitest';
import { parseMasterKey } from '../../../src/util/master-key.ts';
import { readEnvironment } from '../../../src/config/environment/process-settings.ts';
import { ConfigFaults } from '../../../src/config/faults.ts';

const MASTER_KEY = '3f9a0c5de17b4286a1c0d94fb7e2536891ab4fd06c7e18a25d30f9b46ec1782a';

const DEFAULTS = {
  host: '127.0.0.1',
  port: 4600,
  ollamaPort: null,
  configDirectory: 'config',
  dataDirectory: 'data',
  maxBodyBytes: 64 * 1024 * 1024,
  allowedHosts: [],
  allowedOrigins: [],
  clientKeys: 'required',
  logFormat: null,
  adminToken: null,
  masterKey: null,
};

describe('the environment', () => {
  it('has defaults, and an empty or blank variable counts as unset', () => {
    expect(readEnvironment({})).toEqual(DEFAULTS);
    const names = [
      'HOST',
      'PORT',
      'OLLAMA_PORT',
      'CONFIG_DIR',
      'DATA_DIR',
      'MAX_BODY_MIB',
      'LOG_FORMAT',
      'ALLOWED_HOSTS',
      'ALLOWED_ORIGINS',
      'CLIENT_KEYS',
      'ADMIN_TOKEN',
    ];
    const blank = Object.fromEntries(names.map((name, index) => [`LANEWAY_${name}`, ' '.repeat(index % 2)]));
    expect(readEnvironment({ ...blank, PORT: '' })).toEqual(DEFAULTS);
  });

  it('is read completely', () => {
    const environment = readEnvironment({
      LANEWAY_HOST: '[::1]',
      LANEWAY_PORT: '0',
      LANEWAY_OLLAMA_PORT: '11434',
      PORT: '3000',
      LANEWAY_CONFIG_DIR: '/etc/laneway',
      LANEWAY_DATA_DIR: '/var/lib/laneway',
      LANEWAY_MAX_BODY_MIB: '1',
      LANEWAY_ALLOWED_HOSTS: 'Box.lan, box.lan:4600,,[fd00::1]:80',
      LANEWAY_ALLOWED_ORIGINS: 'https://App.example:443/, http://localhost:5173,app://obsidian.md',
      LANEWAY_CLIENT_KEYS: 'OFF',
      LANEWAY_LOG_FORMAT: 'Text',
      LANEWAY_ADMIN_TOKEN: ' adm-fake-0123456789 ',
      LANEWAY_MASTER_KEY: MASTER_KEY,
    });
    expect(environment).toEqual({
      host: '::1',
      port: 0,
      ollamaPort: 11_434,
      configDirectory: '/etc/laneway',
      dataDirectory: '/var/lib/laneway',
      maxBodyBytes: 1024 * 1024,
      allowedHosts: ['box.lan', 'box.lan:4600', '[fd00::1]:80'],
      allowedOrigins: ['https://app.example', 'http://localhost:5173', 'app://obsidian.md'],
      clientKeys: 'off',
      logFormat: 'text',
      adminToken: 'adm-fake-0123456789',
      masterKey: parseMasterKey(MASTER_KEY),
    });
    expect(Object.isFrozen(environment) && Object.isFrozen(environment.allowedHosts)).toBe(true);
  });

  it('takes PORT where LANEWAY_PORT is unset', () => {
    expect(readEnvironment({ PORT: '3000' }).port).toBe(3000);
    expect(readEnvironment({ PORT: '3000', LANEWAY_PORT: '' }).port).toBe(3000);
  });

  it('may listen on any name or address', () => {
    for (const host of ['localhost', '127.0.0.2', '::1', '0.0.0.0', '::', '192.168.0.2', 'box.lan', 'Box']) {
      expect(readEnvironment({ LANEWAY_HOST: host }).host).toBe(host);
    }
  });

  it('accepts every web origin only while callers need a key', () => {
    const star = { LANEWAY_ALLOWED_ORIGINS: '*' };
    const token = { LANEWAY_ADMIN_TOKEN: 'adm-fake-0123456789' };
    const off = { LANEWAY_CLIENT_KEYS: 'off' };
    expect(readEnvironment({ ...star, ...token }).allowedOrigins).toEqual(['*']);
    expect(readEnvironment({ ...star, LANEWAY_HOST: '0.0.0.0' }).allowedOrigins).toEqual(['*']);
    for (const open of [star, { ...star, ...token, ...off }, { ...star, ...off, LANEWAY_HOST: '0.0.0.0' }]) {
      const fix =
        'LANEWAY_CLIENT_KEYS' in open ? 'remove LANEWAY_CLIENT_KEYS=off' : 'set LANEWAY_ADMIN_TOKEN';
      expect(linesOf(open)).toEqual([
        'environment: LANEWAY_ALLOWED_ORIGINS: "*" is not allowed while clients need no key, because any web page ' +
          `could use your provider keys; list the origins, or ${fix}`,
      ]);
    }
  });

  it('never prints an invalid token', () => {
    for (const token of ['short-fake', 'adm-fake 0123456789', 'adm-fake-0123456789é']) {
      expect(linesOf({ LANEWAY_ADMIN_TOKEN: token })).toEqual([
        'environment: LANEWAY_ADMIN_TOKEN: must be at least 16 visible ASCII characters without spaces',
      ]);
    }
  });
});

describe('a wrong variable is reported in one line', () => {
  const host =
    'environment: LANEWAY_HOST: must be a host name or address to listen on, without a port: ' +
    '127.0.0.1, or 0.0.0.0 for all networks';
  const mib = 'environment: LANEWAY_MAX_BODY_MIB: must be a whole number from 1 to 512';
  const origins = 'environment: LANEWAY_ALLOWED_ORIGINS: ';
  const shape = `${origins}must be origins such as https://app.example:8443, without a path, separated by commas`;
  const hosts = 'environment: LANEWAY_ALLOWED_HOSTS: ';
  const cases: readonly (readonly [string, string, string])[] = [
    ['LANEWAY_HOST', '*', host],
    ['LANEWAY_HOST', '127.0.0.300', host],
    ['LANEWAY_HOST', 'http://box.lan', host],
    ['LANEWAY_HOST', '127.0.0.1:4600', host],
    ['LANEWAY_PORT', '65536', 'environment: LANEWAY_PORT: must be a whole number from 0 to 65535'],
    ['LANEWAY_PORT', '-1', 'environment: LANEWAY_PORT: must be a whole number from 0 to 65535'],
    ['PORT', '0x50', 'environment: PORT: must be a whole number from 0 to 65535'],
    ['LANEWAY_OLLAMA_PORT', '0', 'environment: LANEWAY_OLLAMA_PORT: must be a whole number from 1 to 65535'],
    [
      'LANEWAY_OLLAMA_PORT',
      '4600',
      'environment: LANEWAY_OLLAMA_PORT: must differ from LANEWAY_PORT, which serves the same calls',
    ],
    ['LANEWAY_MAX_BODY_MIB', '0', mib],
    ['LANEWAY_MAX_BODY_MIB', '513', mib],
    ['LANEWAY_MAX_BODY_MIB', '64MB', mib],
    ['LANEWAY_CLIENT_KEYS', 'no', 'environment: LANEWAY_CLIENT_KEYS: must be "required" or "off"'],
    ['LANEWAY_LOG_FORMAT', 'pretty', 'environment: LANEWAY_LOG_FORMAT: must be "json" or "text"'],
    [
      'LANEWAY_DATA_DIR',
      '~/laneway',
      'environment: LANEWAY_DATA_DIR: "~" is not expanded here: write the whole path',
    ],
    [
      'LANEWAY_CONFIG_DIR',
      '~',
      'environment: LANEWAY_CONFIG_DIR: "~" is not expanded here: write the whole path',
    ],
    ['LANEWAY_ALLOWED_ORIGINS', 'app.example', shape],
    ['LANEWAY_ALLOWED_ORIGINS', 'https://app.example/path', shape],
    ['LANEWAY_ALLOWED_ORIGINS', 'null', shape],
    [
      'LANEWAY_ALLOWED_HOSTS',
      '*',
      `${hosts}"*" would give any web page access through DNS rebinding; list the hosts`,
    ],
    [
      'LANEWAY_ALLOWED_HOSTS',
      'https://box.lan',
      `${hosts}must be hosts with or without a port, separated by commas: box.lan, box.lan:4600`,
    ],
  ];
  for (const [name, value, line] of cases) {
    it(`${name}=${value}`, () => {
      expect(linesOf({ [name]: value })).toEqual([line]);
    });
  }

  it('all of them at once', () => {
    expect(linesOf({ LANEWAY_HOST: '*', LANEWAY_PORT: 'x', LANEWAY_MAX_BODY_MIB: '' })).toHaveLength(2);
  });
});

function linesOf(env: Record<string, string>): string[] {
  try {
    readEnvironment(env);
  } catch (error) {
    if (error instanceof ConfigFaults) return error.message.split('\n');
    throw error;
  }
  return [];
}

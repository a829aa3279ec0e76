import { isIP } from 'node:net';
import { hostKind } from '../../util/network-address.ts';
import { ConfigFaults, type ConfigFault } from '../faults.ts';
import { parseMasterKey, type MasterKey } from '../../util/master-key.ts';
import type { Variables } from './variables.ts';

/** The settings of the process. */
export interface Environment {
  /** The host name or address to listen on, IPv6 without brackets. */
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** The second port, for Ollama's clients; null: none. */
  readonly ollamaPort: number | null;
  readonly configDirectory: string;
  readonly dataDirectory: string;
  /** Size limit of a data-plane request body, in bytes. */
  readonly maxBodyBytes: number;
  /** Allowed `Host` values besides loopback: lower case, with a port where one was given. */
  readonly allowedHosts: readonly string[];
  /** Allowed web origins besides loopback, as browsers send them; `*` allows all. */
  readonly allowedOrigins: readonly string[];
  /** Whether the data plane requires a key when there is one: beyond loopback, or with an admin token. */
  readonly clientKeys: 'required' | 'off';
  /** null when unset: lines for people on a terminal, JSON elsewhere. */
  readonly logFormat: 'json' | 'text' | null;
  /** null when unset; one is then created at the first start beyond loopback. */
  readonly adminToken: string | null;
  /** Encrypts stored secrets; null when unset: a file of the state directory is used. */
  readonly masterKey: MasterKey | null;
}

const MIB = 1024 * 1024;
const MAX_BODY_MIB_DEFAULT = 64;
const HOST_NAME = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,*]+$/;

type Report = (name: string, message: string) => void;

/** The directories for which no variable is set. */
export interface DefaultDirectories {
  readonly config: string;
  readonly data: string;
}

const IN_WORKING_DIRECTORY: DefaultDirectories = { config: 'config', data: 'data' };

/**
 * Reads the process settings from `LANEWAY_*` and `PORT`; an empty variable counts as unset. Throws `ConfigFaults` with
 * every fault.
 */
export function readEnvironment(env: Variables, { config, data } = IN_WORKING_DIRECTORY): Environment {
  const faults: ConfigFault[] = [];
  const report: Report = (path, message) => faults.push({ file: 'environment', path, message });
  const environment: Environment = {
    host: readHost(env, report),
    port: readPort(env, report),
    ollamaPort: readOllamaPort(env, report),
    configDirectory: readDirectory(env, 'LANEWAY_CONFIG_DIR', config, report),
    dataDirectory: readDirectory(env, 'LANEWAY_DATA_DIR', data, report),
    maxBodyBytes:
      readInteger(env, 'LANEWAY_MAX_BODY_MIB', { min: 1, max: 512, fallback: MAX_BODY_MIB_DEFAULT }, report) *
      MIB,
    allowedHosts: Object.freeze(readHosts(env, report)),
    allowedOrigins: Object.freeze(readOrigins(env, report)),
    clientKeys: readClientKeys(env, report),
    logFormat: readLogFormat(env, report),
    adminToken: readAdminToken(env, report),
    masterKey: readMasterKey(env, report),
  };
  rejectOpenOrigins(environment, report);
  if (environment.ollamaPort === environment.port) {
    report('LANEWAY_OLLAMA_PORT', 'must differ from LANEWAY_PORT, which serves the same calls');
  }
  if (faults.length > 0) throw new ConfigFaults(faults);
  return Object.freeze(environment);
}

/** The state directory, for commands that need no other setting. Throws `ConfigFaults`. */
export function dataDirectory(env: Variables, { data } = IN_WORKING_DIRECTORY): string {
  return readDirectory(env, 'LANEWAY_DATA_DIR', data, (path, message) => {
    throw new ConfigFaults([{ file: 'environment', path, message }]);
  });
}

/** Where the gateway of this environment listens, for commands that call it. Throws `ConfigFaults`. */
export function listenAddress(env: Variables): Pick<Environment, 'host' | 'port'> {
  const report: Report = (path, message) => {
    throw new ConfigFaults([{ file: 'environment', path, message }]);
  };
  return { host: readHost(env, report), port: readPort(env, report) };
}

/** The configuration directory, for commands that need no other setting. Throws `ConfigFaults`. */
export function configDirectory(env: Variables, { config } = IN_WORKING_DIRECTORY): string {
  return readDirectory(env, 'LANEWAY_CONFIG_DIR', config, (path, message) => {
    throw new ConfigFaults([{ file: 'environment', path, message }]);
  });
}

/** Shells expand `~`, but neither `.env` nor quotes nor service managers do. */
function readDirectory(env: Variables, name: string, fallback: string, report: Report): string {
  const directory = text(env, name) ?? fallback;
  if (directory.startsWith('~')) report(name, '"~" is not expanded here: write the whole path');
  return directory;
}

function readMasterKey(env: Variables, report: Report): MasterKey | null {
  const name = 'LANEWAY_MASTER_KEY';
  const written = text(env, name);
  if (written === null) return null;
  try {
    return parseMasterKey(written);
  } catch (error) {
    report(name, error instanceof Error ? error.message : 'invalid');
    return null;
  }
}

function text(env: Variables, name: string): string | null {
  const value = env[name]?.trim() ?? '';
  return value === '' ? null : value;
}

function readHost(env: Variables, report: Report): string {
  const written = text(env, 'LANEWAY_HOST') ?? '127.0.0.1';
  const host = written.replace(/^\[(.*)\]$/, '$1');
  // Digits and dots that are not an address are a mistyped address, not a name.
  const isName = HOST_NAME.test(host.toLowerCase()) && !/^[\d.]+$/.test(host);
  if (isIP(host) === 0 && !isName) {
    report(
      'LANEWAY_HOST',
      'must be a host name or address to listen on, without a port: 127.0.0.1, or 0.0.0.0 for all networks',
    );
  }
  return host;
}

function readPort(env: Variables, report: Report): number {
  const name = text(env, 'LANEWAY_PORT') === null ? 'PORT' : 'LANEWAY_PORT';
  return readInteger(env, name, { min: 0, max: 65_535, fallback: 4600 }, report);
}

function readOllamaPort(env: Variables, report: Report): number | null {
  const name = 'LANEWAY_OLLAMA_PORT';
  if (text(env, name) === null) return null;
  return readInteger(env, name, { min: 1, max: 65_535, fallback: 0 }, report);
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

function readInteger(env: Variables, name: string, { min, max, fallback }: Range, report: Report): number {
  const written = text(env, name);
  if (written === null) return fallback;
  const value = /^\d{1,9}$/.test(written) ? Number(written) : Number.NaN;
  if (value >= min && value <= max) return value;
  report(name, `must be a whole number from ${min} to ${max}`);
  return fallback;
}

function list(env: Variables, name: string): string[] {
  const items = (text(env, name) ?? '').split(',').map((item) => item.trim().toLowerCase());
  return [...new Set(items.filter((item) => item !== ''))];
}

function readHosts(env: Variables, report: Report): string[] {
  const name = 'LANEWAY_ALLOWED_HOSTS';
  const hosts = list(env, name);
  for (const host of hosts) {
    if (host === '*')
      report(name, '"*" would give any web page access through DNS rebinding; list the hosts');
    else if (!isHost(host))
      report(name, 'must be hosts with or without a port, separated by commas: box.lan, box.lan:4600');
  }
  return hosts;
}

function isHost(written: string): boolean {
  const host = written.replace(/:\d{1,5}$/, '');
  return HOST_NAME.test(host) || /^\[[0-9a-f:.]+\]$/.test(host);
}

function readOrigins(env: Variables, report: Report): string[] {
  const name = 'LANEWAY_ALLOWED_ORIGINS';
  return list(env, name).map((written) => {
    const origin = written.replace(/\/$/, '');
    if (origin === '*') return origin;
    if (!ORIGIN.test(origin)) {
      report(name, 'must be origins such as https://app.example:8443, without a path, separated by commas');
      return origin;
    }
    // Omits a default port, as browsers do; origins of desktop apps (app://obsidian.md) are kept unchanged.
    return /^https?:/.test(origin) ? (URL.parse(origin)?.origin ?? origin) : origin;
  });
}

function readClientKeys(env: Variables, report: Report): Environment['clientKeys'] {
  const name = 'LANEWAY_CLIENT_KEYS';
  const written = text(env, name)?.toLowerCase() ?? 'required';
  if (written === 'off' || written === 'required') return written;
  report(name, 'must be "required" or "off"');
  return 'required';
}

function readLogFormat(env: Variables, report: Report): Environment['logFormat'] {
  const name = 'LANEWAY_LOG_FORMAT';
  const written = text(env, name)?.toLowerCase() ?? null;
  if (written === null || written === 'json' || written === 'text') return written;
  report(name, 'must be "json" or "text"');
  return null;
}

/** The fault never contains the token. */
function readAdminToken(env: Variables, report: Report): string | null {
  const name = 'LANEWAY_ADMIN_TOKEN';
  const token = text(env, name);
  if (token !== null && !/^[!-~]{16,}$/.test(token)) {
    report(name, 'must be at least 16 visible ASCII characters without spaces');
  }
  return token;
}

/** `*` allows every web page, which is safe only while callers need a key. */
function rejectOpenOrigins(environment: Environment, report: Report): void {
  const { allowedOrigins, clientKeys, adminToken, host } = environment;
  if (!allowedOrigins.includes('*')) return;
  const isOpen = clientKeys === 'off' || (adminToken === null && hostKind(host) === 'loopback');
  if (!isOpen) return;
  const fix = clientKeys === 'off' ? 'remove LANEWAY_CLIENT_KEYS=off' : 'set LANEWAY_ADMIN_TOKEN';
  report(
    'LANEWAY_ALLOWED_ORIGINS',
    `"*" is not allowed while clients need no key, because any web page could use your provider keys; list the origins, or ${fix}`,
  );
}

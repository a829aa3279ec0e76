import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A service of the compose file, as far as the tests look at it. */
export interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly devices?: readonly string[];
  readonly group_add?: readonly unknown[];
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly shm_size?: string;
  readonly ipc?: string;
  readonly mem_limit?: string;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[]; readonly start_period: string };
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly init?: boolean;
  readonly read_only?: boolean;
}

/** `docker-compose.strix.yml`. */
export interface ComposeFile {
  readonly 'x-memory-gib': {
    readonly physical: number;
    readonly reserve: number;
    readonly pool: number;
    readonly profiles: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

const path = join(import.meta.dirname, '..', '..', 'docker-compose.strix.yml');

/** The file's text, for what only comments say. */
export const composeText = readFileSync(path, 'utf8');

/** The file as compose reads it, variables not filled in. */
export const compose = parse(composeText, { merge: true }) as ComposeFile;

/** `${NAME:-default}` and `${NAME:?message}` filled in, as compose does. Throws for a required variable without value. */
export function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (kind === '?') throw new Error(`${name}: ${String(rest)}`);
    return kind === '-' ? String(rest) : '';
  });
}

/** The value behind a flag, as `--flag value` or `--flag=value`; null when the flag is not there. */
export function flag(service: Service, name: string): string | null {
  const command = service.command ?? [];
  for (const [index, word] of command.entries()) {
    if (word === name) return command[index + 1] ?? '';
    if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
  }
  return null;
}

/** Seconds of `90s`, `20m`. */
export function seconds(duration: string): number {
  const match = /^(\d+)(s|m|h)$/.exec(duration);
  if (match === null) throw new Error(`${duration} is no duration`);
  return Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] as 's' | 'm' | 'h'];
}

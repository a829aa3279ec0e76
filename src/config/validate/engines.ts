import type { ProviderConfig } from '../config.ts';
import { suggestion, type Check } from './check.ts';

/** What Laneway replaces in `engine.command`. */
const PLACEHOLDERS: readonly string[] = ['path', 'model', 'port', 'context'];

/** `{name}`, but neither `{{name}}` of a template nor `${name}` of a shell. */
const PLACEHOLDER = /(?<![{$])\{(\w+)\}(?!\})/g;

/** Reports engines and pools whose settings contradict each other, or cannot work. `providers`: the valid ones. */
export function findEngineFaults(check: Check, providers: Readonly<Record<string, ProviderConfig>>): void {
  for (const [id, { engine }] of Object.entries(check.file.providers)) {
    if (engine === undefined) continue;
    const path = ['providers', id, 'engine'];
    const resolved = providers[id];
    if (resolved?.local === false) {
      const local = 'set "local": true if this is your own server';
      check.report(
        path,
        `provider "${id}" is a cloud provider, which Laneway cannot manage; remove it, or ${local}`,
      );
      continue;
    }
    const { command, start, stop } = engine;
    if (command === undefined) {
      findPlainFaults(check, [...path, 'start'], start ?? []);
      findPlainFaults(check, [...path, 'stop'], stop ?? []);
      continue;
    }
    findCommandFaults(check, [...path, 'command'], command);
    if (start !== undefined || stop !== undefined) {
      const other = start === undefined ? 'stop' : 'start';
      const use = '"command" starts one server for each model, "start" and "stop" one for all; remove either';
      check.report([...path, other], `cannot be set together with "command": ${use}`);
    }
  }
  for (const [name, pool] of Object.entries(check.file.pools ?? {})) findPoolFaults(check, name, pool);
}

function findCommandFaults(check: Check, path: readonly string[], command: readonly string[]): void {
  const at = [...path];
  const known = PLACEHOLDERS.map((name) => `{${name}}`);
  const named = command.flatMap((part) => [...part.matchAll(PLACEHOLDER)].map(([text]) => text));
  for (const text of new Set(named))
    if (!known.includes(text)) check.report(at, `unknown placeholder ${text}${suggestion(text, known)}`);
  if (!command.some((part) => part.includes('{port}'))) {
    const example = '"--port", "{port}"';
    check.report(at, `has no {port}: Laneway chooses the port of each server; add it, such as ${example}`);
  }
}

/** A command for the whole server is started as it is written. */
function findPlainFaults(check: Check, path: readonly string[], command: readonly string[]): void {
  const known = PLACEHOLDERS.map((name) => `{${name}}`);
  const named = command.flatMap((part) => [...part.matchAll(PLACEHOLDER)].map(([text]) => text));
  const [first] = named.filter((text) => known.includes(text));
  if (first === undefined) return;
  const instead = first === '{port}' ? 'the port of base_url' : 'the value';
  const message = `${first} is replaced only in "command", which starts one server for each model; write ${instead} itself`;
  check.report([...path], message);
}

function findPoolFaults(
  check: Check,
  name: string,
  { budget_gb, reserve_gb, soft_c, hard_c }: NonNullable<Check['file']['pools']>[string],
): void {
  if (budget_gb !== undefined && reserve_gb !== undefined && reserve_gb >= budget_gb) {
    const message = `must be less than budget_gb, which is ${budget_gb}: the reserve is a part of the budget`;
    check.report(['pools', name, 'reserve_gb'], message);
  }
  if (soft_c !== undefined && hard_c !== undefined && soft_c >= hard_c)
    check.report(['pools', name, 'soft_c'], `must be less than hard_c, which is ${hard_c}`);
}

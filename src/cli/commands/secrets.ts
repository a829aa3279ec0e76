import { Command } from 'commander';
import { SLOW_CALL_MS, type GatewayClient } from '../client/gateway-client.ts';
import { usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { runsAlone } from '../groups.ts';
import { readJsonFile } from '../input/json-input.ts';
import { readSecret } from '../input/secret.ts';
import type { ConfiguredProvider } from '../output/configured-provider-table.ts';
import { countText } from '../output/count.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

interface SecretsReply {
  readonly secrets: readonly {
    readonly name: string;
    readonly version: number;
    readonly readable: boolean;
  }[];
}

/** `laneway secrets`: keys that the gateway keeps encrypted. No call returns a value. */
export function secretsCommand(ports: CommandPorts): Command {
  const group = new Command('secrets')
    .summary('list, set, remove, rotate, import')
    .description('list, set, remove, rotate and import secrets (keys of providers); without a verb: list')
    .addCommand(listCommand(ports))
    .addCommand(setCommand(ports))
    .addCommand(removeCommand(ports))
    .addCommand(rotateCommand(ports))
    .addCommand(importCommand(ports));
  runsAlone(group, () => list(group, ports));
  return withExamples(group, 'laneway secrets', 'laneway secrets set TEAM_KEY < key.txt');
}

function listCommand(ports: CommandPorts): Command {
  const command = new Command('list')
    .description('list the names of the stored secrets; values are never shown')
    .action(() => list(command, ports));
  return withExamples(command, 'laneway secrets list');
}

async function list(command: Command, ports: CommandPorts): Promise<void> {
  const { client, out } = openSession(command, ports);
  const reply = await client.get<SecretsReply>('/api/secrets');
  out.result(reply, ({ secrets }) => secretLines(secrets, out));
}

function secretLines(secrets: SecretsReply['secrets'], out: Output): string[] {
  if (secrets.length === 0) return ['no secrets are stored'];
  const { good, bad } = out.colors;
  return out.table(secrets, [
    { title: 'SECRET', text: ({ name }) => name, cut: 'middle' },
    { title: 'VERSION', text: ({ version }) => String(version), align: 'right' },
    {
      title: 'STATE',
      text: ({ readable }) => (readable ? 'ok' : 'not readable: set it again'),
      color: (text, { readable }) => (readable ? good : bad)(text),
    },
  ]);
}

function setCommand(ports: CommandPorts): Command {
  const command = new Command('set')
    .description(
      'store a secret, which files name as secret:NAME; its value is read from standard input, or asked for on a terminal',
    )
    .argument('<name>', 'the name of the secret')
    .action(async (name: string) => {
      const { client, out } = openSession(command, ports);
      const value = await readSecret(`Value of ${name}: `, ports);
      const reply = await client.call<{ name: string; version: number; generation: number }>({
        method: 'PUT',
        path: `/api/secrets/${encodeURIComponent(name)}`,
        body: { value },
      });
      out.result(reply, (shown) => [
        `stored ${shown.name}, version ${shown.version}`,
        `generation ${shown.generation}`,
      ]);
      await noteUnused(name, client, out);
    });
  return withExamples(command, 'laneway secrets set TEAM_KEY < key.txt');
}

/** A secret under the name of a provider looks like its key, but is not until the provider names it. */
async function noteUnused(name: string, client: GatewayClient, out: Output): Promise<void> {
  const reply = await client.get<{ readonly providers: readonly ConfiguredProvider[] }>(
    '/api/v1/llm/providers',
  );
  if (reply.providers.some(({ key }) => key.from === `secret:${name}`)) return;
  out.note(
    `no provider uses it yet: write "api_key": "secret:${name}" in a provider of user_models.json; for one provider only: laneway providers update ID --key-stdin`,
  );
}

function removeCommand(ports: CommandPorts): Command {
  const command = new Command('remove')
    .description('remove a secret; one that is the key of a provider is refused (exit 1)')
    .argument('<name>', 'the name of the secret')
    .option('--force', 'even if it is the key of providers: they are then without a key')
    .action(async (name: string, { force }: { readonly force?: true }) => {
      const { client, out } = openSession(command, ports);
      await client.call({
        method: 'DELETE',
        path: `/api/secrets/${encodeURIComponent(name)}`,
        query: { force: force === true ? 1 : undefined },
      });
      out.result({ removed: name }, ({ removed }) => [`removed ${removed}`]);
    });
  return withExamples(command, 'laneway secrets remove TEAM_KEY');
}

function rotateCommand(ports: CommandPorts): Command {
  const command = new Command('rotate')
    .description('encrypt all secrets with a new master key, while the gateway serves')
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<{ rotated: number; check: string; next: string | null }>({
        method: 'POST',
        path: '/api/secrets/rotate',
        body: {},
        timeoutMs: SLOW_CALL_MS,
      });
      out.result(reply, ({ rotated, check, next }) => [
        `encrypted ${countText(rotated, 'secret')} with a new master key (check value ${check})`,
        ...(next === null ? [] : out.paragraph(`next: ${next}`)),
      ]);
    });
  return withExamples(command, 'laneway secrets rotate');
}

function importCommand(ports: CommandPorts): Command {
  const command = new Command('import')
    .description('store the keys of an older api_keys.json: {"PROVIDER":"KEY"}')
    .argument('<file>', 'the file; - is standard input')
    .action(async (file: string) => {
      const { client, out } = openSession(command, ports);
      const keys = readKeys(await readJsonFile(file, ports), file);
      const reply = await client.call<{ imported: readonly string[]; generation: number }>({
        method: 'POST',
        path: '/api/secrets/import',
        body: { keys },
      });
      out.result(reply, ({ imported, generation }) => [
        `imported ${imported.length === 0 ? 'nothing' : imported.join(', ')}`,
        `generation ${generation}`,
      ]);
      if (file !== '-') out.note(`delete ${file} now: it still contains the keys in plain text`);
    });
  return withExamples(command, 'laneway secrets import api_keys.json');
}

/** Throws a `CommandFault` (2) for any other shape, without a value of the file. */
function readKeys(content: unknown, file: string): Readonly<Record<string, string>> {
  const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
  const entries: [string, unknown][] = isObject ? Object.entries(content) : [];
  const wrong = entries.find(([, value]) => typeof value !== 'string');
  if (entries.length === 0 || wrong !== undefined) {
    const where = wrong === undefined ? '' : `, but "${wrong[0]}" is not a string`;
    throw usageFault(`${file} must be {"PROVIDER":"KEY"}${where}`);
  }
  return Object.fromEntries(entries) as Readonly<Record<string, string>>;
}

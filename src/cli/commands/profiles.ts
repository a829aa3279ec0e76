import { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { runsAlone } from '../groups.ts';
import { readJsonFile } from '../input/json-input.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { activateCommand } from './profiles-activate.ts';

interface ProfilesReply {
  readonly active: string | null;
  readonly profiles: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly source: string;
    readonly active: boolean;
    readonly problem?: string | null;
  }[];
}

interface ProfileReply {
  readonly name: string;
  readonly description: string | null;
  readonly config: unknown;
}

/** `laneway profiles`: whole set-ups that are saved and swapped. */
export function profilesCommand(ports: CommandPorts): Command {
  const group = new Command('profiles')
    .summary('list, show, activate, export, import')
    .description('list, show, activate, export, import and delete profiles; without a verb: list')
    .addCommand(listCommand(ports))
    .addCommand(showCommand(ports))
    .addCommand(activateCommand(ports))
    .addCommand(deactivateCommand(ports))
    .addCommand(exportCommand(ports))
    .addCommand(importCommand(ports))
    .addCommand(deleteCommand(ports));
  runsAlone(group, () => list(group, ports));
  return withExamples(group, 'laneway profiles', 'laneway profiles activate coding --dry-run');
}

/** The path of a profile. */
function pathOf(name: string): string {
  return `/api/profiles/${encodeURIComponent(name)}`;
}

function listCommand(ports: CommandPorts): Command {
  const command = new Command('list')
    .description('list the profiles; the active one is marked')
    .action(() => list(command, ports));
  return withExamples(command, 'laneway profiles list');
}

async function list(command: Command, ports: CommandPorts): Promise<void> {
  const { client, out } = openSession(command, ports);
  const reply = await client.get<ProfilesReply>('/api/profiles');
  out.result(reply, ({ profiles }) => profileLines(profiles, out));
}

function profileLines(profiles: ProfilesReply['profiles'], out: Output): string[] {
  if (profiles.length === 0) return ['no profiles'];
  const { good, faint, warning } = out.colors;
  const problems = profiles.flatMap(({ name, problem }) =>
    problem == null ? [] : out.paragraph(`${warning(name)}: ${problem}`),
  );
  const table = out.table(profiles, [
    { title: '', text: ({ active }) => (active ? '*' : ' '), color: good },
    { title: 'PROFILE', text: ({ name }) => name, cut: 'middle' },
    { title: 'FROM', text: ({ source }) => source, dropped: 1 },
    { title: 'DESCRIPTION', text: ({ description }) => description ?? '', cut: 'end', color: faint },
  ]);
  return problems.length === 0 ? table : [...table, '', ...problems];
}

function showCommand(ports: CommandPorts): Command {
  const command = new Command('show')
    .description('show what a profile sets')
    .argument('<name>', 'the profile')
    .action(async (name: string) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.get<ProfileReply>(pathOf(name));
      out.result(reply, (profile) => [
        out.colors.title(profile.name),
        ...(profile.description === null ? [] : out.paragraph(profile.description)),
        ...JSON.stringify(profile.config, null, 2).split('\n'),
      ]);
    });
  return withExamples(command, 'laneway profiles show coding');
}

function deactivateCommand(ports: CommandPorts): Command {
  const command = new Command('deactivate')
    .description('deactivate the active profile: back to the configuration files')
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<{ active: string | null; generation: number }>({
        method: 'POST',
        path: '/api/profiles/deactivate',
        body: {},
      });
      out.result(reply, ({ generation }) => ['no profile is active', `generation ${generation}`]);
    });
  return withExamples(command, 'laneway profiles deactivate');
}

function exportCommand(ports: CommandPorts): Command {
  const command = new Command('export')
    .description('print a profile in the form that import reads')
    .argument('<name>', 'the profile')
    .action(async (name: string) => {
      const { client } = openSession(command, ports);
      const reply = await client.get<unknown>(`${pathOf(name)}/export`);
      ports.print(JSON.stringify(reply, null, 2));
    });
  return withExamples(command, 'laneway profiles export coding > coding.json');
}

function importCommand(ports: CommandPorts): Command {
  const command = new Command('import')
    .description('store a profile that was exported')
    .argument('<file>', 'the file; - is standard input')
    .option('--overwrite', 'replace a profile of the same name')
    .action(async (file: string, { overwrite }: { readonly overwrite?: true }) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<ProfileReply | null>({
        method: 'POST',
        path: '/api/profiles/import',
        query: { overwrite: overwrite === true ? 1 : undefined },
        body: await readJsonFile(file, ports),
      });
      out.result(reply, (profile) => [`imported ${profile?.name ?? file}`]);
    });
  return withExamples(command, 'laneway profiles import coding.json');
}

function deleteCommand(ports: CommandPorts): Command {
  const command = new Command('delete')
    .description(`delete a profile; the active one is refused (exit ${EXIT.no})`)
    .argument('<name>', 'the profile')
    .action(async (name: string) => {
      const { client, out } = openSession(command, ports);
      await client.call({ method: 'DELETE', path: pathOf(name) });
      out.result({ deleted: name }, ({ deleted }) => [`deleted ${deleted}`]);
    });
  return withExamples(command, 'laneway profiles delete mine');
}

import { Command } from 'commander';
import type { TargetReply } from '../client/replies.ts';
import { CommandFault, EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { runsAlone } from '../groups.ts';
import type { Output } from '../output/output.ts';
import { modelText, targetText } from '../output/target-text.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { nearestAdvice } from '../../util/nearest.ts';

const USERS = '/api/v1/llm/users';

interface UsersReply {
  readonly users: readonly { readonly user: string; readonly nodes: readonly string[] }[];
}

interface NodeConfigReply extends TargetReply {
  readonly temperature: number | null;
  readonly max_tokens: number | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fallbacks: readonly string[];
}

interface UserReply {
  /** By node or `lane:NAME`. */
  readonly config: Readonly<Record<string, NodeConfigReply>>;
}

/** `laneway users`: what is set for single users. */
export function usersCommand(ports: CommandPorts): Command {
  const group = new Command('users')
    .summary('what is set for single users')
    .description('show and reset what is set for single users (x-laneway-user); without a verb: list')
    .addCommand(listCommand(ports))
    .addCommand(showCommand(ports))
    .addCommand(resetUserCommand(ports));
  runsAlone(group, () => list(group, ports));
  return withExamples(group, 'laneway users', 'laneway users show ada');
}

function listCommand(ports: CommandPorts): Command {
  const command = new Command('list')
    .description('list the users that have settings of their own')
    .action(() => list(command, ports));
  return withExamples(command, 'laneway users list --json');
}

async function list(command: Command, ports: CommandPorts): Promise<void> {
  const { client, out } = openSession(command, ports);
  const reply = await client.get<UsersReply>(USERS);
  out.result(reply, ({ users }) =>
    users.length === 0
      ? ['no user has settings of their own']
      : out.table(users, [
          { title: 'USER', text: ({ user }) => user, cut: 'middle' },
          { title: 'NODES', text: ({ nodes }) => nodes.join(', '), cut: 'end' },
        ]),
  );
}

function showCommand(ports: CommandPorts): Command {
  const command = new Command('show')
    .description(`show what is set for a user; exit ${EXIT.no}: nothing`)
    .argument('<user>', 'the user, as in x-laneway-user')
    .action(async (user: string) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.get<UserReply>(pathOf(user));
      out.result(reply, (shown) => userLines(user, shown, out));
      if (Object.keys(reply.config).length === 0) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway users show ada');
}

function userLines(user: string, { config }: UserReply, out: Output): string[] {
  const rows = Object.entries(config);
  if (rows.length === 0) return [`nothing is set for ${user}`];
  return out.table(rows, [
    { title: 'NODE', text: ([name]) => name, cut: 'middle' },
    {
      title: 'ASSIGNED TO',
      // A lane is assigned to a model, which is put first in its chain.
      text: ([name, each]) => (name.startsWith('lane:') ? (modelText(each) ?? 'none') : targetText(each)),
      cut: 'middle',
    },
    { title: 'FALLBACKS', text: ([, { fallbacks }]) => fallbacks.join(', '), cut: 'end', dropped: 2 },
    { title: 'PARAMETERS', text: ([, each]) => paramsText(each), cut: 'end', dropped: 1 },
  ]);
}

function paramsText({ temperature, max_tokens, params }: NodeConfigReply): string {
  return Object.entries({ temperature, max_tokens, ...params })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(' ');
}

function resetUserCommand(ports: CommandPorts): Command {
  const command = new Command('reset')
    .description(`remove all that is set for a user; exit ${EXIT.no}: nothing was`)
    .argument('<user>', 'the user, as in x-laneway-user')
    .action(async (user: string) => {
      const { client, out } = openSession(command, ports);
      const { users } = await client.get<UsersReply>(USERS);
      const found = users.find((each) => each.user === user);
      if (found === undefined) {
        const known = users.map((each) => each.user);
        throw new CommandFault(EXIT.no, `nothing is set for ${user}${nearestAdvice(user, known)}`);
      }
      await client.call({ method: 'DELETE', path: pathOf(user) });
      out.result({ user, reset: found.nodes }, ({ reset }) => [`reset ${reset.join(', ')} of ${user}`]);
    });
  return withExamples(command, 'laneway users reset ada');
}

function pathOf(user: string): string {
  return `${USERS}/${encodeURIComponent(user)}/config`;
}

import { Command } from 'commander';
import type { ModelReply, ModelsReply } from '../client/replies.ts';
import { usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { statusColor } from '../output/status-color.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { nearestAdvice } from '../../util/nearest.ts';

/** `laneway models`: the models that a node can be assigned to, with their status. */
export function modelsCommand(ports: CommandPorts): Command {
  const command = new Command('models')
    .summary('the models of all providers')
    .description('list the models of all providers with their status')
    .option('-p, --provider <id>', 'only the models of this provider')
    .action(async ({ provider }: { readonly provider?: string }) => {
      const { client, out } = openSession(command, ports);
      const { generation, available } = await client.get<ModelsReply>('/api/debug/models');
      const models = provider === undefined ? available : ofProvider(provider, available);
      out.result({ generation, available: models }, (reply) => modelLines(reply.available, out));
    });
  return withExamples(command, 'laneway models --provider groq');
}

/** The models of a provider. Throws a `CommandFault` (2) when no model has this provider. */
function ofProvider(provider: string, available: readonly ModelReply[]): readonly ModelReply[] {
  const found = available.filter((model) => model.provider === provider);
  if (found.length > 0) return found;
  const known = available.map((model) => model.provider);
  throw usageFault(`no model has the provider "${provider}"${nearestAdvice(provider, known)}`);
}

function modelLines(models: readonly ModelReply[], out: Output): string[] {
  if (models.length === 0) return ['no models: no provider has answered yet (laneway providers)'];
  return out.table(models, [
    { title: 'MODEL', text: (model) => `${model.provider}/${model.model_id}`, cut: 'middle' },
    {
      title: 'STATUS',
      text: ({ status }) => status,
      color: (text, { status }) => statusColor(status, out.colors)(text),
    },
    { title: 'KIND', text: ({ kind }) => kind, dropped: 2 },
    { title: 'SPEED', text: ({ speed }) => speed ?? '', dropped: 3 },
    { title: 'WHERE', text: ({ local }) => (local ? 'local' : 'cloud'), dropped: 1 },
    {
      title: 'NAME',
      text: ({ name, model_id: id }) => (name === id ? '' : name),
      cut: 'end',
      dropped: 4,
      color: out.colors.faint,
    },
  ]);
}

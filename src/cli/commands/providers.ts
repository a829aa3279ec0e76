import { Command } from 'commander';
import { SLOW_CALL_MS } from '../client/gateway-client.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { runsAlone } from '../groups.ts';
import { readSecret } from '../input/secret.ts';
import { countText } from '../output/count.ts';
import { durationText } from '../output/durations.ts';
import type { Output } from '../output/output.ts';
import { configuredLines, type ConfiguredProvider } from '../output/configured-provider-table.ts';
import { statusColor } from '../output/status-color.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { updateCommand } from './providers-update.ts';

const PROVIDERS = '/api/v1/llm/providers';

interface AddOptions {
  readonly type: string;
  readonly baseUrl?: string;
  readonly name?: string;
  readonly local?: true;
  readonly keyStdin?: true;
}

interface ValidationReply {
  readonly valid: boolean;
  readonly latency_ms: number | null;
  readonly model_count: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface ProviderModelsReply {
  readonly models: readonly {
    readonly model_id: string;
    readonly name: string | null;
    readonly status: string | null;
    readonly capabilities?: { readonly context_length?: number | null };
  }[];
}

/** `laneway providers`: lists, adds, changes, checks and removes providers of a running gateway. */
export function providersCommand(ports: CommandPorts): Command {
  const group = new Command('providers')
    .summary('list, add, update, check, remove')
    .description('list, add, update, check and remove providers; without a verb: list')
    .addCommand(listCommand(ports))
    .addCommand(addCommand(ports))
    .addCommand(updateCommand(ports))
    .addCommand(validateCommand(ports))
    .addCommand(modelsCommand(ports))
    .addCommand(removeCommand(ports));
  runsAlone(group, () => list(group, ports));
  return withExamples(group, 'laneway providers', 'laneway providers validate groq');
}

function listCommand(ports: CommandPorts): Command {
  const command = new Command('list')
    .description('list the providers with their state')
    .action(() => list(command, ports));
  return withExamples(command, 'laneway providers list --json');
}

async function list(command: Command, ports: CommandPorts): Promise<void> {
  const { client, out } = openSession(command, ports);
  const reply = await client.get<{ readonly providers: readonly ConfiguredProvider[] }>(PROVIDERS);
  out.result(reply, ({ providers }) => configuredLines(providers, out));
}

function addCommand(ports: CommandPorts): Command {
  const command = new Command('add')
    .description('add a provider; it is used at once, without a restart')
    .argument('<id>', 'its id: lower-case letters, digits, _ . -')
    .requiredOption(
      '-t, --type <type>',
      'openai, anthropic, groq, openai_compatible (or custom), vllm, llamacpp, ollama, detect',
    )
    .option('-b, --base-url <url>', 'where its API is (default: that of the type)')
    .option('--name <name>', 'its name for people')
    .option('--local', 'requests to it stay on your own machines')
    .option('--key-stdin', 'read its key from standard input, or ask for it on a terminal')
    .action(async (id: string, { type, baseUrl, name, local, keyStdin }: AddOptions) => {
      const { client, out } = openSession(command, ports);
      const key = keyStdin === true ? await readSecret(`Key of ${id}: `, ports) : undefined;
      const reply = await client.call<ConfiguredProvider>({
        method: 'POST',
        path: PROVIDERS,
        body: {
          ...{ id, type },
          ...(baseUrl !== undefined && { base_url: baseUrl }),
          ...(name !== undefined && { name }),
          ...(local === true && { local }),
          ...(key !== undefined && { api_key: key }),
        },
      });
      out.result(reply, (provider) => [`added ${provider.id}`, '', ...configuredLines([provider], out)]);
      out.note(`check it with: laneway providers validate ${id}`);
    });
  return withExamples(
    command,
    'laneway providers add box --type vllm --base-url http://box.lan:8000/v1',
    'laneway providers add openrouter --type custom --base-url https://openrouter.ai/api/v1 --key-stdin < key.txt',
  );
}

function validateCommand(ports: CommandPorts): Command {
  const command = new Command('validate')
    .description('ask a provider for its models, to check its address and key; exit 1: it cannot be used')
    .argument('<id>', 'the provider')
    .action(async (id: string) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<ValidationReply>({
        method: 'POST',
        path: `${PROVIDERS}/${encodeURIComponent(id)}/validate`,
        body: {},
        timeoutMs: SLOW_CALL_MS,
      });
      out.result(reply, (shown) => validationLines(id, shown, out));
      if (!reply.valid) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway providers validate groq');
}

function validationLines(id: string, reply: ValidationReply, out: Output): string[] {
  const { valid, latency_ms: ms, model_count: models, error } = reply;
  const took = ms === null ? '' : ` in ${durationText(ms)}`;
  if (!valid) {
    const why = error === null ? '' : `: ${error.message} (${error.code})`;
    return out.paragraph(`${id}: ${out.colors.bad('invalid')}${took}${why}`);
  }
  const count = models === null ? '' : `, ${countText(models, 'model')}`;
  return [`${id}: ${out.colors.good('valid')}${took}${count}`];
}

function modelsCommand(ports: CommandPorts): Command {
  const command = new Command('models')
    .description('list the models of a provider')
    .argument('<id>', 'the provider')
    .option('--refresh', 'ask the provider now, in place of the list that is known')
    .action(async (id: string, { refresh }: { readonly refresh?: true }) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<ProviderModelsReply>({
        path: `${PROVIDERS}/${encodeURIComponent(id)}/models`,
        query: { refresh: refresh === true ? 1 : undefined },
        timeoutMs: SLOW_CALL_MS,
      });
      out.result(reply, ({ models }) => modelLines(models, out));
    });
  return withExamples(command, 'laneway providers models groq --refresh');
}

function modelLines(models: ProviderModelsReply['models'], out: Output): string[] {
  if (models.length === 0) return ['no models'];
  return out.table(models, [
    { title: 'MODEL', text: (model) => model.model_id, cut: 'middle' },
    {
      title: 'STATUS',
      text: ({ status }) => status ?? '',
      color: (text, { status }) => statusColor(status ?? '', out.colors)(text),
    },
    {
      title: 'CONTEXT',
      text: ({ capabilities }) => String(capabilities?.context_length ?? ''),
      align: 'right',
      dropped: 1,
    },
    {
      title: 'NAME',
      text: (model) => (model.name === model.model_id ? '' : (model.name ?? '')),
      cut: 'end',
      dropped: 2,
    },
  ]);
}

function removeCommand(ports: CommandPorts): Command {
  const command = new Command('remove')
    .description('remove a provider that was added by a call; running requests are completed')
    .argument('<id>', 'the provider')
    .option('--force', 'even if nodes use it: they go back to their default')
    .action(async (id: string, { force }: { readonly force?: true }) => {
      const { client, out } = openSession(command, ports);
      await client.call({
        method: 'DELETE',
        path: `${PROVIDERS}/${encodeURIComponent(id)}`,
        query: { force: force === true ? 1 : undefined },
      });
      out.result({ removed: id }, ({ removed }) => [`removed ${removed}`]);
    });
  return withExamples(command, 'laneway providers remove box');
}

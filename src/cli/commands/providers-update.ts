import { Command, Option } from 'commander';
import { usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { readSecret } from '../input/secret.ts';
import { configuredLines, type ConfiguredProvider } from '../output/configured-provider-table.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

interface Options {
  readonly baseUrl?: string;
  readonly keyStdin?: true;
  readonly name?: string;
  readonly local?: boolean;
  readonly enable?: true;
  readonly disable?: true;
}

/** `laneway providers update ID`: changes what the options name; the rest stays. */
export function updateCommand(ports: CommandPorts): Command {
  const command = new Command('update')
    .description('change a provider; what no option names stays as it is')
    .argument('<id>', 'the provider')
    .option('-b, --base-url <url>', 'another address; its key is not sent there: give it again')
    .option('--key-stdin', 'read its new key from standard input, or ask for it on a terminal')
    .option('--name <name>', 'its name for people')
    .option('--local', 'requests to it stay on your own machines')
    .option('--no-local', 'requests to it leave your own machines')
    .option('--enable', 'use it again')
    .addOption(new Option('--disable', 'do not call it until it is enabled').conflicts('enable'))
    .action(async (id: string, options: Options) => {
      if (written.size > 1) throw usageFault('--local and --no-local exclude each other: give one of them');
      const { client, out } = openSession(command, ports);
      const changes = changesOf(options);
      if (Object.keys(changes).length === 0 && options.keyStdin !== true)
        throw usageFault(
          `nothing to change: name an option, such as --base-url (laneway providers update --help)`,
        );
      const path = `/api/v1/llm/providers/${encodeURIComponent(id)}`;
      const before = await client.get<ConfiguredProvider>(path);
      const key = options.keyStdin === true ? await readSecret(`Key of ${id}: `, ports) : undefined;
      const after = await client.call<ConfiguredProvider>({
        method: 'PATCH',
        path,
        body: { ...changes, ...(key !== undefined && { api_key: key }) },
      });
      out.result(after, (provider) => [`updated ${provider.id}`, '', ...configuredLines([provider], out)]);
      if (before.key.from !== null && after.key.from === null) {
        out.note(
          `its key is not set any more, since a key is only sent to the address that it was set for; set it with: laneway providers update ${id} --key-stdin`,
        );
      }
    });
  // Both set the same value, so that the last one would count without a word.
  const written = new Set<string>();
  for (const name of ['local', 'no-local']) command.on(`option:${name}`, () => written.add(name));
  return withExamples(
    command,
    'laneway providers update box --key-stdin < key.txt',
    'laneway providers update groq --disable',
  );
}

/** The fields of the call, except the key. */
function changesOf({ baseUrl, name, local, enable, disable }: Options): object {
  return {
    ...(baseUrl !== undefined && { base_url: baseUrl }),
    ...(name !== undefined && { name }),
    ...(local !== undefined && { local }),
    ...(enable === true && { enabled: true }),
    ...(disable === true && { enabled: false }),
  };
}

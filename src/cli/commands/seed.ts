import { Command } from 'commander';
import type { GatewayClient } from '../client/gateway-client.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import { seedLines } from '../output/seed-lines.ts';
import type { CommandPorts } from '../ports.ts';
import { checkProviders } from '../seed/check-providers.ts';
import { INTERACTION_TYPES } from '../seed/interaction-types.ts';
import { readState, type SeedState } from '../seed/read-state.ts';
import { isSetUp, reportOf } from '../seed/report.ts';
import { seedType, type SeededType, type SeedOptions } from '../seed/seed-type.ts';
import { openSession } from '../session.ts';

/** `laneway seed`: a model for each interaction type, from the providers that can be used. */
export function seedCommand(ports: CommandPorts): Command {
  const command = new Command('seed')
    .summary('set up the interaction types')
    .description(
      'check all providers, and assign a model of those that answer to each interaction type: reasoning, tools, subagents, planning, embeddings; assignments that others have made are kept, and a second run changes nothing; exit 1: nothing could be set up',
    )
    .option('-n, --dry-run', 'show what would be set, without setting it')
    .option('--preflight', 'send one short request to each model first; one that fails is passed over')
    .option('--force', 'choose again, also where others have made the assignment')
    .action(async ({ dryRun = false, preflight = false, force = false }: Partial<SeedOptions>) => {
      const { client, out, token } = openSession(command, ports);
      const { url } = command.optsWithGlobals<{ readonly url?: string }>();
      const providers = await checkProviders(client);
      const state = await readState(client, providers, ports.now());
      const options = { dryRun, preflight, force };
      const types: SeededType[] = [];
      // One after the other: each is a generation of its own.
      for (const type of INTERACTION_TYPES) types.push(await seedType(type, { client, state, options }));
      const report = reportOf({
        ...{ providers, types, options, url: client.url },
        urlOption: url === undefined ? '' : ` --url ${url}`,
        tokenShell: token?.shell ?? null,
        generation: await generationAfter(types, state, client),
      });
      out.result(report, (shown) => seedLines(shown, out));
      noteWarnings(types, out);
      if (!isSetUp(report)) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway seed --dry-run', 'laneway seed');
}

async function generationAfter(
  types: readonly SeededType[],
  { generation }: SeedState,
  client: GatewayClient,
): Promise<number> {
  if (types.every(({ result }) => result !== 'set')) return generation;
  return (await client.get<{ readonly generation: number }>('/api/v1/llm/config')).generation;
}

function noteWarnings(types: readonly SeededType[], out: Output): void {
  for (const { warnings, interaction_type: name } of types) {
    for (const { code, detail } of warnings) out.note(`warning: ${name}: ${detail} (${code})`);
  }
}

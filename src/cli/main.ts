/** The command line: what an operator does without a gateway, or beside one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { dataDirectory } from '../config/environment/environment.ts';
import { StoreFault } from '../store/files/fault.ts';
import { auditVerifyCommand } from './commands/audit-verify.ts';
import { restoreCommand } from './commands/restore.ts';
import { readDotEnv } from './dot-env.ts';
import type { CommandPorts } from './ports.ts';

/** A command that is not there, or has other options (sysexits and shells use 2, too). */
const MISUSED = 2;

const ports: CommandPorts = {
  dataDirectory: () => dataDirectory(process.env),
  say: (line) => {
    process.stdout.write(`${line}\n`);
  },
  now: Date.now,
  fail: (exitCode) => {
    process.exitCode = exitCode;
  },
};

/** `.env` of the working directory, as the gateway reads it; what the environment says already wins. */
function loadDotEnv(): void {
  for (const [name, value] of Object.entries(readDotEnv())) process.env[name] ??= value;
}

function version(): string {
  const manifest = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

async function run(): Promise<void> {
  loadDotEnv();
  const program = new Command('laneway')
    .description('Looks after the state of a Laneway gateway. The gateway itself starts with npm start.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(laneway --help lists the commands)');
  program.addCommand(restoreCommand(ports).copyInheritedSettings(program));
  const audit = program.command('audit').description('the record of changes');
  audit.addCommand(auditVerifyCommand(ports).copyInheritedSettings(audit));
  await program.parseAsync();
}

/** One line for people, never a stack; the exit code for machines. */
function report(error: unknown): void {
  if (error instanceof CommanderError) {
    // It has told what is wrong itself. Help and version are no faults.
    process.exitCode = error.exitCode === 0 ? 0 : MISUSED;
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message.replaceAll(/\s+/g, ' ')}\n`);
  process.exitCode = error instanceof StoreFault ? error.exitCode : 1;
}

await run().catch(report);

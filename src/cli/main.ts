/** The `laneway` command line: maintenance of the state, with or without a running gateway. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { dataDirectory } from '../config/environment/process-settings.ts';
import { ConfigFaults } from '../config/faults.ts';
import { StoreFault } from '../store/files/fault.ts';
import { auditVerifyCommand } from './commands/audit-verify.ts';
import { restoreCommand } from './commands/restore.ts';
import { readDotEnv } from './dot-env.ts';
import { placesOf } from './places.ts';
import type { CommandPorts } from './ports.ts';
import { PACKAGE_ROOT } from '../util/package-root.ts';

/** Exit code for unknown commands, options and invalid variables, as shells use it. */
const USAGE_ERROR = 2;

const places = placesOf({
  packageRoot: PACKAGE_ROOT,
  workingDirectory: process.cwd(),
  variables: process.env,
  platform: process.platform,
  home: homedir,
});

const ports: CommandPorts = {
  dataDirectory: () => dataDirectory(process.env, places),
  print: (line) => {
    process.stdout.write(`${line}\n`);
  },
  now: Date.now,
  setExitCode: (exitCode) => {
    process.exitCode = exitCode;
  },
};

/** Loads `.env` like the gateway; variables that are already set take precedence. */
function loadDotEnv(): void {
  for (const [name, value] of Object.entries(readDotEnv(places.dotEnv))) process.env[name] ??= value;
}

function version(): string {
  const manifest = readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

async function run(): Promise<void> {
  loadDotEnv();
  const program = new Command('laneway')
    .description('Starts a Laneway gateway and maintains its state.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(run laneway --help for a list of commands)');
  // The launcher runs these two itself; here they are for the help.
  program.command('start').description('start the gateway, as laneway alone does (options: start --help)');
  program.command('demo').description('start it with practice models, without keys or engines');
  program.addCommand(restoreCommand(ports).copyInheritedSettings(program));
  const audit = program.command('audit').description('the audit log of changes');
  audit.addCommand(auditVerifyCommand(ports).copyInheritedSettings(audit));
  await program.parseAsync();
}

/** Prints one line without a stack, and sets the exit code. */
function report(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has already printed the message. Help and version have exit code 0.
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message.replaceAll(/\s+/g, ' ')}\n`);
  process.exitCode =
    error instanceof StoreFault ? error.exitCode : error instanceof ConfigFaults ? USAGE_ERROR : 1;
}

await run().catch(report);

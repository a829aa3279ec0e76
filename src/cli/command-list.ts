import type { Command } from 'commander';
import { auditCommand } from './commands/audit.ts';
import { backupCommand } from './commands/backup.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { doctorCommand } from './commands/doctor.ts';
import { enginesCommand } from './commands/engines.ts';
import { eventsCommand } from './commands/events.ts';
import { explainCommand } from './commands/explain.ts';
import { keysCommand } from './commands/keys.ts';
import { lanesCommand } from './commands/lanes.ts';
import { loadCommand, unloadCommand } from './commands/load.ts';
import { migrateCommand } from './commands/migrate.ts';
import { modelsCommand } from './commands/models.ts';
import { nodesCommand } from './commands/nodes.ts';
import { poolsCommand } from './commands/pools.ts';
import { profilesCommand } from './commands/profiles.ts';
import { providersCommand } from './commands/providers.ts';
import { requestsCommand } from './commands/requests.ts';
import { resetCommand } from './commands/reset.ts';
import { restoreCommand } from './commands/restore.ts';
import { secretsCommand } from './commands/secrets.ts';
import { seedCommand } from './commands/seed.ts';
import { demoCommand, startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { switchCommand } from './commands/switch.ts';
import { undoCommand } from './commands/undo.ts';
import { usersCommand } from './commands/users.ts';
import type { CommandPorts } from './ports.ts';

/** A heading of `laneway --help`, with the commands below it in order. */
export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly ((ports: CommandPorts) => Command)[];
}

/** All commands of `laneway`. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  { heading: 'Start a gateway:', commands: [startCommand, demoCommand] },
  {
    heading: 'Look at a running gateway:',
    commands: [
      statusCommand,
      modelsCommand,
      nodesCommand,
      lanesCommand,
      enginesCommand,
      poolsCommand,
      explainCommand,
      requestsCommand,
      eventsCommand,
    ],
  },
  {
    heading: 'Change a running gateway:',
    commands: [
      switchCommand,
      undoCommand,
      resetCommand,
      loadCommand,
      unloadCommand,
      usersCommand,
      profilesCommand,
      providersCommand,
      secretsCommand,
      keysCommand,
      seedCommand,
    ],
  },
  {
    heading: 'Configuration, state and shell:',
    commands: [
      doctorCommand,
      configCommand,
      migrateCommand,
      auditCommand,
      backupCommand,
      restoreCommand,
      completionCommand,
    ],
  },
];

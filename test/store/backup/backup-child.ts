// Copies a state file in a process of its own, which a test kills.
import { join } from 'node:path';
import { copyLive } from '../../../src/store/backup/backup.ts';
import { connectReadOnly } from '../../../src/store/files/database.ts';
import { readMigrations } from '../../../src/store/files/migrations.ts';

const [, , directory = ''] = process.argv;
await copyLive(connectReadOnly(join(directory, 'laneway.db'), 'live'), {
  directory,
  at: '2025-12-31T00:00:00.000Z',
  beforeMigration: null,
  migrations: readMigrations(),
});

/**
 * A thread for one copy of the state file beside the writer: it makes it, says where it is, and ends. Any message asks it
 * to give the copy up.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { copyBeside } from './backup.ts';
import { connectReadOnly } from '../files/database.ts';
import type { BackupOutcome, WorkerInput } from '../threads/messages.ts';
import { readMigrations } from '../files/migrations.ts';
import { databasePath } from '../files/paths.ts';

const { directory, at } = workerData as WorkerInput;

/** The copying holds the thread for most of its time, so the message is fetched. */
function isAskedToEnd(): boolean {
  return parentPort !== null && receiveMessageOnPort(parentPort) !== undefined;
}

async function copy(): Promise<BackupOutcome> {
  try {
    const database = connectReadOnly(databasePath(directory), 'a writer');
    try {
      const purpose = { directory, at, beforeMigration: null, migrations: readMigrations() };
      return { path: await copyBeside(database, purpose, isAskedToEnd) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.postMessage(await copy());

/**
 * A thread that makes one copy of the state file while the writer works, reports its path, and ends. Any message to it
 * cancels the copy.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { copyLive } from './backup.ts';
import { connectReadOnly } from '../files/database.ts';
import type { BackupOutcome, WorkerInput } from '../threads/messages.ts';
import { readMigrations } from '../files/migrations.ts';
import { databasePath } from '../files/paths.ts';

const { directory, at } = workerData as WorkerInput;

/** Polled, because the copying blocks the thread most of the time. */
function isCancelled(): boolean {
  return parentPort !== null && receiveMessageOnPort(parentPort) !== undefined;
}

async function copy(): Promise<BackupOutcome> {
  try {
    const database = connectReadOnly(databasePath(directory), 'live');
    try {
      const purpose = { directory, at, beforeMigration: null, migrations: readMigrations() };
      return { path: await copyLive(database, purpose, isCancelled) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.postMessage(await copy());

/**
 * The store's writer: the thread that owns the state directory. It opens the directory, reports the outcome, and answers
 * calls one after another; long work runs elsewhere (report-worker.ts, backup-worker.ts). It has few imports, because
 * the start of the gateway waits for them.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Transactions, readState } from '../transactions.ts';
import { EngineRecords } from '../engine-records.ts';
import { StoredChanges } from '../stored-changes.ts';
import { StoreFault } from '../files/fault.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { OpeningMessage, WorkerInput, WriterCalls } from './messages.ts';
import { openStateFile, readStateFile, type StateFile } from '../files/state-file.ts';
import { describe, serve, type Handlers } from './threads.ts';

if (parentPort === null) throw new Error('worker.ts must be run as a worker thread');
start(parentPort, workerData as WorkerInput);

function start(port: MessagePort, { directory, at }: WorkerInput): void {
  try {
    const file = openStateFile(directory, at);
    serve<WriterCalls>(port, handlersFor(file), () => {
      file.close();
    });
  } catch (error) {
    port.postMessage(failedOpening(directory, error));
    return; // without a listener the thread ends
  }
  port.postMessage({ opening: 'ready' } satisfies OpeningMessage);
}

function handlersFor(file: StateFile): Handlers<WriterCalls> {
  const changes = new Transactions(file.state);
  const stored = new StoredChanges(file.state);
  const engines = new EngineRecords(file.state);
  const ledger = new Ledger(file.ledger);
  ledger.interruptRunning();
  const writing =
    <Argument, Result>(write: (argument: Argument) => Result) =>
    (argument: Argument): Result => {
      file.requireInPlace();
      return write(argument);
    };
  return {
    load: () => readState(file.state),
    assignAll: writing((all) => changes.assignAll(all)),
    resetAssignments: writing((change) => changes.resetAssignments(change)),
    expireAssignments: writing((change) => changes.expireAssignments(change)),
    lastStep: ({ key, before }) => changes.lastStep(key, before),
    noteConfiguration: writing((change) => changes.noteConfiguration(change)),
    changeConfiguration: writing((change) => stored.change(change)),
    rewrapSecrets: writing((change) => stored.rewrap(change)),
    noteValidation: writing(({ providerId, at }) => stored.noteValidation(providerId, at)),
    putFootprint: writing((footprint) => engines.putFootprint(footprint)),
    putClaim: writing((claim) => engines.putClaim(claim)),
    writeRows: writing((rows) => ledger.write(rows)),
    trimLedger: writing((bound) => ledger.trim(bound)),
  };
}

function failedOpening(directory: string, error: unknown): OpeningMessage {
  if (error instanceof StoreFault)
    return { opening: 'refused', exitCode: error.exitCode, message: error.message };
  try {
    const state = readStateFile(directory, readState) ?? null;
    return { opening: 'unwritable', message: describe(error), state };
  } catch (second) {
    if (second instanceof StoreFault) {
      return { opening: 'refused', exitCode: second.exitCode, message: second.message };
    }
    return { opening: 'unwritable', message: describe(error), state: null };
  }
}

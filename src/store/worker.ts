/**
 * The store's thread: the only place that SQLite runs in. It opens the state directory, says how that went, and then
 * answers calls one after another. Its imports are few, because the gateway's start waits for them.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Changes, readState } from './changes.ts';
import { StoreFault } from './fault.ts';
import { Ledger } from './ledger.ts';
import type { AnswerMessage, CallMessage, Calls, Method, OpeningMessage, WorkerInput } from './messages.ts';
import { openStateFile, readStateFile, type StateFile } from './state-file.ts';

type Handlers = { readonly [M in Method]: (argument: Calls[M]['argument']) => Calls[M]['result'] };

if (parentPort === null) throw new Error('the store worker runs in a worker thread only');
start(parentPort, workerData as WorkerInput);

function start(port: MessagePort, { directory, at }: WorkerInput): void {
  let handlers: Handlers;
  try {
    handlers = handlersFor(openStateFile(directory, at));
  } catch (error) {
    port.postMessage(failedOpening(directory, error));
    return; // nothing listens: the thread ends
  }
  port.on('message', (message: CallMessage) => {
    port.postMessage(answer(handlers, message));
    if (message.method === 'close') port.close();
  });
  port.postMessage({ opening: 'ready' } satisfies OpeningMessage);
}

function handlersFor(file: StateFile): Handlers {
  const changes = new Changes(file.state);
  const ledger = new Ledger(file.ledger);
  ledger.interruptRunning();
  return {
    load: () => readState(file.state),
    switchNode: (change) => changes.switchNode(change),
    resetNodes: (change) => changes.resetNodes(change),
    noteConfiguration: ({ fingerprint, at }) => changes.noteConfiguration(fingerprint, at),
    writeRows: (rows) => ledger.write(rows),
    listRows: ({ limit, before }) => ledger.list(limit, before),
    getRow: (id) => ledger.get(id),
    close: () => {
      file.close();
      return null;
    },
  };
}

function answer<M extends Method>(handlers: Handlers, message: CallMessage<M>): AnswerMessage {
  const { call, method, argument } = message;
  try {
    return { call, result: handlers[method](argument) };
  } catch (error) {
    return { call, failure: describe(error) };
  }
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

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.message}${code}`;
}

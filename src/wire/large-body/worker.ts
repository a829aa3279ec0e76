/**
 * Processes requests that are too large for the serving thread: 50 MB of escaped text block a thread, and every stream
 * on it, for 100 ms during a scan and for most of a second during a translation. Bodies are transferred, never copied.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { GatewayError } from '../../protocol/errors.ts';
import type { Body, ScannedRequest } from '../exchange.ts';
import { translateTo } from '../translated-exchange.ts';
import { wireOf } from '../wires.ts';
import { fromTransferable, ownedBytes, toTransferable, type BodyTask, type TaskOutcome } from './task.ts';

if (parentPort === null) throw new Error('the worker for large bodies must run in a worker thread');
serve(parentPort);

function serve(port: MessagePort): void {
  port.on('message', (task: BodyTask) => {
    // An error other than a `GatewayError` ends the thread; the pending task then rejects.
    const outcome = perform(task);
    port.postMessage(outcome, buffersOf(outcome));
  });
}

function buffersOf(outcome: TaskOutcome): ArrayBuffer[] {
  switch (outcome.kind) {
    case 'scanned':
      return [outcome.request.body];
    case 'translated':
      return [outcome.body, outcome.translated];
    case 'stripped':
      return [outcome.body, outcome.stripped.body];
    case 'rejected':
      return [outcome.body];
  }
}

function perform(task: BodyTask): TaskOutcome {
  const body = task.kind === 'scan' ? task.body : task.request.body;
  try {
    switch (task.kind) {
      case 'scan':
        return { kind: 'scanned', request: toTransferable(scan(task)) };
      case 'translate': {
        const { body: encoded, ...notes } = translateTo(
          task.endpoint,
          fromTransferable(task.request),
          task.target,
        );
        return { kind: 'translated', body, translated: ownedBytes(joined(encoded)), notes };
      }
      case 'strip': {
        const request = fromTransferable(task.request);
        const wire = wireOf(request.format);
        const stripped = wire.withoutThinking?.(request, task.keptSignatures) ?? request;
        return { kind: 'stripped', body, stripped: toTransferable(stripped) };
      }
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, message, options } = error;
    return { kind: 'rejected', body, code, message, options };
  }
}

function scan({ format, body, contentType }: Extract<BodyTask, { kind: 'scan' }>): ScannedRequest {
  return wireOf(format).scan(Buffer.from(body), contentType);
}

function joined(body: Body): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.concat(body);
}

/**
 * Works on requests that are too large for the serving thread: 50 MB of escaped text keep a scan busy for a tenth of a
 * second and a translation for most of one, and every stream with it. A body comes and goes by transfer, never by copy.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { GatewayError } from '../../protocol/errors.ts';
import type { Body } from '../exchange.ts';
import { translateTo } from '../translations.ts';
import { wireOf } from '../wires.ts';
import { ownedBytes } from './owned-bytes.ts';
import { fromCarried, toCarried, type BodyTask, type TaskOutcome } from './task.ts';

if (parentPort === null) throw new Error('the worker for large bodies runs in a worker thread only');
serve(parentPort);

function serve(port: MessagePort): void {
  port.on('message', (task: BodyTask) => {
    // Anything but a refusal is thrown and ends the thread; its callers are told.
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
    case 'refused':
      return [outcome.body];
  }
}

function perform(task: BodyTask): TaskOutcome {
  const body = task.kind === 'scan' ? task.body : task.request.body;
  try {
    switch (task.kind) {
      case 'scan':
        return { kind: 'scanned', request: toCarried(wireOf(task.format).scan(Buffer.from(body))) };
      case 'translate': {
        const { body: made, ...notes } = translateTo(task.endpoint, fromCarried(task.request), task.target);
        return { kind: 'translated', body, translated: ownedBytes(joined(made)), notes };
      }
      case 'strip': {
        const request = fromCarried(task.request);
        const stripped = wireOf(request.format).withoutThinking?.(request, task.kept) ?? request;
        return { kind: 'stripped', body, stripped: toCarried(stripped) };
      }
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, message, options } = error;
    return { kind: 'refused', body, code, message, options };
  }
}

function joined(body: Body): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.concat(body);
}

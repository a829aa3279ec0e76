/**
 * Works on requests that are too large for the serving thread: 50 MB of escaped text keep a scan busy for a tenth of a
 * second and a translation for most of one, and every stream with it. A body comes and goes by transfer, never by copy.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { GatewayError, type ErrorCode, type ErrorOptions } from '../../protocol/errors.ts';
import type { RequestFacts } from '../../protocol/facts.ts';
import type { WireFormat } from '../../protocol/wire.ts';
import { messagesClient } from '../anthropic-messages/client.ts';
import type { ClientWire } from '../client-wire.ts';
import type { Body, ClientRequest, TargetRequest, UpstreamDialect } from '../exchange.ts';
import type { JsonField } from '../json/scan.ts';
import { openAiChatClient } from '../openai-chat/client.ts';
import { ownedBytes } from './owned-bytes.ts';
import { stripThinking } from '../strip-thinking.ts';
import type { Translation } from '../translate.ts';

/** A request between threads. */
export interface CarriedRequest {
  readonly format: WireFormat;
  readonly body: ArrayBuffer;
  readonly facts: RequestFacts;
  readonly fields: readonly JsonField[];
  readonly signatures: readonly string[];
}

/** What can be asked for. */
export type BodyTask =
  | { readonly kind: 'read'; readonly format: WireFormat; readonly body: ArrayBuffer }
  | {
      readonly kind: 'translate';
      readonly request: CarriedRequest;
      readonly dialect: UpstreamDialect;
      readonly target: TargetRequest;
    }
  | { readonly kind: 'strip'; readonly request: CarriedRequest; readonly kept: readonly string[] | null };

/** A request and what was made of it; the request always comes back. */
export type TaskOutcome =
  | { readonly kind: 'read'; readonly request: CarriedRequest }
  | {
      readonly kind: 'translated';
      readonly body: ArrayBuffer;
      readonly translated: ArrayBuffer;
      /** The translation but for its body. */
      readonly notes: Omit<Translation, 'body'>;
    }
  | { readonly kind: 'stripped'; readonly body: ArrayBuffer; readonly stripped: CarriedRequest }
  | {
      readonly kind: 'refused';
      readonly body: ArrayBuffer;
      readonly code: ErrorCode;
      readonly message: string;
      readonly options: ErrorOptions;
    };

const CLIENT_WIRES: readonly ClientWire[] = [openAiChatClient, messagesClient];

if (parentPort === null) throw new Error('the worker for large bodies runs in a worker thread only');
serve(parentPort);

function serve(port: MessagePort): void {
  port.on('message', (task: BodyTask) => {
    // What is no refusal rejects and ends the thread; its callers are told.
    void perform(task).then((outcome) => {
      port.postMessage(outcome, buffersOf(outcome));
    });
  });
}

function buffersOf(outcome: TaskOutcome): ArrayBuffer[] {
  switch (outcome.kind) {
    case 'read':
      return [outcome.request.body];
    case 'translated':
      return [outcome.body, outcome.translated];
    case 'stripped':
      return [outcome.body, outcome.stripped.body];
    case 'refused':
      return [outcome.body];
  }
}

async function perform(task: BodyTask): Promise<TaskOutcome> {
  const body = task.kind === 'read' ? task.body : task.request.body;
  try {
    switch (task.kind) {
      case 'read':
        return { kind: 'read', request: carried(clientWire(task.format).read(Buffer.from(body))) };
      case 'translate':
        return await translated(task.request, task.dialect, task.target);
      case 'strip': {
        const request = received(task.request);
        const stripped = stripThinking(clientWire(request.wire), request, task.kept);
        return { kind: 'stripped', body, stripped: carried(stripped) };
      }
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, message, options } = error;
    return { kind: 'refused', body, code, message, options };
  }
}

/** The codecs are loaded when the first body is to be translated: most large ones are only read. */
async function translated(
  sent: CarriedRequest,
  dialect: UpstreamDialect,
  target: TargetRequest,
): Promise<TaskOutcome> {
  const [{ codecOf }, { translate }] = await Promise.all([import('../codecs.ts'), import('../translate.ts')]);
  const request = received(sent);
  const { body, ...notes } = translate(
    request,
    dialect,
    target,
    codecOf(request.wire),
    codecOf(dialect.wire),
  );
  const made = ownedBytes(joined(body));
  return { kind: 'translated', body: sent.body, translated: made, notes };
}

function clientWire(format: WireFormat): ClientWire {
  const wire = CLIENT_WIRES.find((each) => each.format === format);
  if (wire === undefined) throw new TypeError(`no client speaks ${format}`);
  return wire;
}

function received({ format, body, facts, fields, signatures }: CarriedRequest): ClientRequest {
  return clientWire(format).request(Buffer.from(body), facts, fields, signatures);
}

function carried({ wire, body, facts, fields, signatures }: ClientRequest): CarriedRequest {
  return { format: wire, body: ownedBytes(body), facts, fields, signatures };
}

function joined(body: Body): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.concat(body);
}

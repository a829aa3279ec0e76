/**
 * Reads requests that are too large for the serving thread: 50 MB of escaped text keep a scan busy for a tenth of a
 * second, and every stream with it. A body comes and goes by transfer, never by copy.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { GatewayError, type ErrorCode, type ErrorOptions } from '../protocol/errors.ts';
import type { RequestFacts } from '../protocol/facts.ts';
import type { WireFormat } from '../protocol/wire.ts';
import type { ClientWire } from './client-wire.ts';
import type { JsonField } from './json-scan.ts';
import { openAiChatClient } from './openai-chat/client.ts';

/** A body to be read. */
export interface ReadCall {
  readonly call: number;
  readonly format: WireFormat;
  readonly body: ArrayBuffer;
}

/** What came of it. */
export type ReadAnswer =
  | {
      readonly call: number;
      readonly body: ArrayBuffer;
      readonly facts: RequestFacts;
      readonly fields: readonly JsonField[];
    }
  | {
      readonly call: number;
      readonly refusal: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly options: ErrorOptions;
      };
    };

const CLIENT_WIRES: readonly ClientWire[] = [openAiChatClient];

if (parentPort === null) throw new Error('the reader of large bodies runs in a worker thread only');
serve(parentPort);

function serve(port: MessagePort): void {
  port.on('message', (message: ReadCall) => {
    const answer = read(message);
    port.postMessage(answer, 'body' in answer ? [answer.body] : []);
  });
}

function read({ call, format, body }: ReadCall): ReadAnswer {
  try {
    const wire = CLIENT_WIRES.find((each) => each.format === format);
    if (wire === undefined) throw new TypeError(`no client speaks ${format}`);
    const { facts, fields } = wire.read(Buffer.from(body));
    return { call, body, facts, fields };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error; // ends the thread; its callers are told
    const { code, message, options } = error;
    return { call, refusal: { code, message, options } };
  }
}

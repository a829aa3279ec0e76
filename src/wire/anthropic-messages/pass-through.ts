import type { Warning } from '../../protocol/wire.ts';
import type { Clock } from '../../util/clock.ts';
import { Assembly } from '../assembly.ts';
import { oneShotStream } from '../chat/one-shot.ts';
import { saysError } from '../error-body.ts';
import type {
  Body,
  Exchange,
  ScannedRequest,
  StreamTransform,
  TargetRequest,
  UnaryReply,
} from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { SSE } from '../framing/sse.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { errorFault } from '../stream-fault.ts';
import type { DialectEndpoint } from '../wire.ts';
import { messagesCodec } from './codec.ts';
import type { MessagesDialect } from './dialect.ts';
import { MessagesPatch } from './patch.ts';
import { MessagesGuard } from './stream/guard.ts';
import { MessagesUsage } from './usage.ts';

/** Client and upstream both speak Messages: the client's bytes go out with a patch, the reply's come back. */
export class MessagesPassThrough implements Exchange {
  readonly format = 'anthropic-messages';
  readonly path: string;
  readonly isSameWire = true;
  readonly framing = SSE;
  readonly asksForStream: boolean;
  readonly body: Body;
  readonly warnings: readonly Warning[];
  readonly #estimatedInputTokens: number;
  readonly #clock: Clock;

  /** Throws a `GatewayError` `invalid_json` where a value that must be read proves to be none. */
  constructor(
    request: ScannedRequest,
    { path, dialect }: DialectEndpoint<MessagesDialect>,
    target: TargetRequest,
    clock: Clock,
  ) {
    const patch = new MessagesPatch(request, target);
    patch.run(dialect);
    this.path = path;
    this.body = patch.body;
    this.warnings = patch.warnings;
    this.asksForStream = request.facts.stream || dialect.unaryAsStream;
    this.#estimatedInputTokens = request.facts.estimatedTokens;
    this.#clock = clock;
  }

  unary(body: Buffer): UnaryReply {
    return readMessage(body);
  }

  stream(): StreamTransform {
    return new MessagesGuard(this.#estimatedInputTokens);
  }

  assemble(): StreamTransform {
    return new Assembly(SSE, messagesCodec.openAssembler());
  }

  oneShot(body: Buffer): UnaryReply {
    return oneShotStream(body, messagesCodec, messagesCodec, {
      // This wire always reports the usage.
      wishes: { includeUsage: true, legacyCalls: false },
      wall: this.#clock.wall,
      estimatedInputTokens: this.#estimatedInputTokens,
    });
  }
}

/**
 * Checks a whole reply and reads its usage; the bytes pass as they are. Throws a `WireFault`: `malformed` when it is no
 * message, `error_event` for an error under a 200.
 */
export function readMessage(body: Buffer): UnaryReply {
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    throw new WireFault('malformed', 'the reply is not JSON');
  }
  if (!isJsonObject(message)) throw new WireFault('malformed', 'the reply is not a JSON object');
  if (saysError(message)) throw errorFault(body);
  const { content, stop_reason: stopReason } = message;
  if (!Array.isArray(content)) throw new WireFault('malformed', 'the reply holds no content');
  if (typeof stopReason !== 'string') throw new WireFault('malformed', 'the reply has no stop reason');
  if (!content.every(isBlock)) throw new WireFault('malformed', 'the reply holds a block that is none');
  const usage = new MessagesUsage();
  usage.read(message['usage']);
  return {
    body,
    usage: usage.total,
    model: filledString(message['model']),
    signatures: content.flatMap(signatureOf),
  };
}

/** Blocks of kinds that are not known pass (wire case 120); what clients read without looking must be there. */
function isBlock(block: unknown): boolean {
  if (!isJsonObject(block)) return false;
  switch (block['type']) {
    case 'text':
      return typeof block['text'] === 'string';
    case 'thinking':
      return typeof block['thinking'] === 'string';
    case 'tool_use':
      return filledString(block['name']) !== null;
    default:
      return filledString(block['type']) !== null;
  }
}

function signatureOf(block: unknown): string[] {
  if (!isJsonObject(block)) return [];
  const key =
    block['type'] === 'thinking' ? 'signature' : block['type'] === 'redacted_thinking' ? 'data' : null;
  const signature = key === null ? null : filledString(block[key]);
  return signature === null ? [] : [signature];
}

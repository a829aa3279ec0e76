import type { Warning } from '../../protocol/wire.ts';
import { saysError } from '../error-body.ts';
import {
  WireFault,
  type Body,
  type ClientRequest,
  type Exchange,
  type StreamRelay,
  type TargetRequest,
  type UnaryReply,
  type UpstreamDialect,
} from '../exchange.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { errorFault } from '../stream-fault.ts';
import { MessagesGuard } from './stream/guard.ts';
import { MessagesEdit } from './patch.ts';
import { MessagesUsage } from './usage.ts';

/** Client and upstream both speak Messages: the client's bytes go out with a patch, the reply's come back. */
export class MessagesSameWireExchange implements Exchange {
  readonly body: Body;
  readonly warnings: readonly Warning[];
  /** This wire always tells it. */
  readonly includeUsage = true;
  readonly #estimatedInputTokens: number;

  /** Throws a `GatewayError` `invalid_json` where a value that must be read proves to be none. */
  constructor(request: ClientRequest, dialect: UpstreamDialect, target: TargetRequest) {
    const edit = new MessagesEdit(request, target);
    edit.run(dialect);
    this.body = edit.body;
    this.warnings = edit.warnings;
    this.#estimatedInputTokens = request.facts.estimatedTokens;
  }

  unary(body: Buffer): UnaryReply {
    return readMessage(body);
  }

  stream(): StreamRelay {
    return new MessagesGuard(this.#estimatedInputTokens);
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

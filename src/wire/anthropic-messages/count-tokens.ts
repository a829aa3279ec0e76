import type { Warning } from '../../protocol/wire.ts';
import type { RequestFacts } from '../../protocol/facts.ts';
import {
  WireFault,
  type Body,
  type ClientRequest,
  type Exchange,
  type StreamRelay,
  type TargetRequest,
  type UnaryReply,
} from '../exchange.ts';
import { saysError } from '../error-body.ts';
import { isJsonObject, tokenCount } from '../json/value.ts';
import { errorFault } from '../stream-fault.ts';
import { MessagesEdit } from './patch.ts';

/**
 * What an estimate is raised by, since one that is too low makes Claude Code compact too late (wire case 139: another
 * vendor's tokenizer counts 15 % too few). Four bytes a token fit English prose; code takes up to half as many more
 * (measured with a small model's tokenizer).
 */
const RAISED_BY = 1.5;
/** What a chat template puts around any prompt, in tokens. */
const FRAME_TOKENS = 32;
/** The instructions that come with tools: 176 in ChatML's template, up to 346 at Anthropic (its tool use guide). */
const TOOLS_FRAME_TOKENS = 350;

/** A call of `count_tokens` that goes to a server with the same call: the client's bytes but for the model's name. */
export class CountTokensExchange implements Exchange {
  readonly body: Body;
  readonly warnings: readonly Warning[] = [];
  readonly includeUsage = true;

  constructor(request: ClientRequest, target: TargetRequest) {
    const edit = new MessagesEdit(request, target);
    edit.runForCount();
    this.body = edit.body;
  }

  /** Throws a `WireFault` when the body is no count. */
  unary(body: Buffer): UnaryReply {
    let count: unknown;
    try {
      count = JSON.parse(body.toString('utf8'));
    } catch {
      throw new WireFault('malformed', 'the reply is not JSON');
    }
    if (isJsonObject(count) && saysError(count)) throw errorFault(body);
    if (!isJsonObject(count) || tokenCount(count['input_tokens']) === null) {
      throw new WireFault('malformed', 'the reply holds no count of tokens');
    }
    return { body, usage: null, model: null, signatures: [] };
  }

  stream(): StreamRelay {
    throw new TypeError('tokens are not counted in a stream');
  }
}

/** The answer where the target's server cannot count: an estimate, at least as high as the truth on average. */
export function estimatedCount({ estimatedTokens, needs }: RequestFacts): Buffer {
  const frame = FRAME_TOKENS + (needs.includes('tools') ? TOOLS_FRAME_TOKENS : 0);
  const tokens = Math.ceil(estimatedTokens * RAISED_BY) + frame;
  return Buffer.from(JSON.stringify({ input_tokens: tokens }));
}

import type { Warning } from '../../protocol/wire.ts';
import { saysError } from '../error-body.ts';
import type { Body, Exchange, ScannedRequest, TargetRequest, UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { BodyPatch } from '../json/patch.ts';
import { isJsonObject, tokenCount } from '../json/value.ts';
import { errorFault } from '../stream-fault.ts';
import { NeverStreams } from '../never-streams.ts';

/** A call of `count_tokens` that goes to a server with the same call: the client's bytes but for the model's name. */
export class CountTokensExchange extends NeverStreams implements Exchange {
  readonly format = 'anthropic-count-tokens';
  readonly path: string;
  readonly isSameWire = true;
  readonly body: Body;
  readonly warnings: readonly Warning[] = [];

  constructor({ body, fields, facts }: ScannedRequest, path: string, { modelId }: TargetRequest) {
    super();
    this.path = path;
    const patch = new BodyPatch(body, fields);
    if (facts.model !== modelId) patch.set('model', JSON.stringify(modelId));
    this.body = patch.apply();
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
}

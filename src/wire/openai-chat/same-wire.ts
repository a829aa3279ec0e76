import type { Warning } from '../../protocol/wire.ts';
import type { Body, Exchange, StreamRelay, TargetRequest, UnaryReply, UpstreamDialect } from '../exchange.ts';
import { OpenAiGuard } from './guard.ts';
import { readOpenAiReply } from './reply.ts';
import { RequestEdit } from './request-edit.ts';
import type { OpenAiChatRequest } from './request.ts';

/** Client and upstream both speak OpenAI chat: the client's bytes go out with a patch, the reply's come back. */
export class SameWireExchange implements Exchange {
  readonly body: Body;
  readonly warnings: readonly Warning[];
  readonly #trusted: boolean;
  readonly #hideUsage: boolean;

  /** Throws a `GatewayError` `invalid_json` where a value that must be read proves to be none. */
  constructor(request: OpenAiChatRequest, dialect: UpstreamDialect, target: TargetRequest) {
    const edit = new RequestEdit(request, dialect, target);
    edit.run();
    this.body = edit.body;
    this.warnings = edit.warnings;
    this.#hideUsage = !edit.clientAskedUsage;
    // Only the first and the last events of a trusted stream are read: too few to see that each of n choices ended.
    this.#trusted = dialect.trustedStream && edit.choices === 1;
  }

  unary(body: Buffer): UnaryReply {
    return readOpenAiReply(body);
  }

  stream(): StreamRelay {
    return new OpenAiGuard({ trusted: this.#trusted, hideUsage: this.#hideUsage });
  }
}

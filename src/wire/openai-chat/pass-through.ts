import type { Warning } from '../../protocol/wire.ts';
import { systemClock, type Clock } from '../../util/clock.ts';
import type {
  Body,
  ClientRequest,
  Exchange,
  StreamRelay,
  TargetRequest,
  UnaryReply,
  UpstreamDialect,
} from '../exchange.ts';
import { OpenAiGuard } from './stream/guard.ts';
import type { MendContext } from './normalize/rule.ts';
import type { UsageWish } from './normalize/state.ts';
import { RequestEdit } from './patch.ts';
import { relayOpenAiReply } from './pass-reply.ts';

/** Client and upstream both speak OpenAI chat: the client's bytes go out with a patch, the reply's come back. */
export class SameWireExchange implements Exchange {
  readonly body: Body;
  readonly warnings: readonly Warning[];
  readonly includeUsage: boolean;
  readonly #trusted: boolean;
  readonly #usage: UsageWish;
  readonly #context: MendContext;

  /**
   * Throws a `GatewayError`: `invalid_json` where a value that must be read proves to be none, `unsupported_parameter`
   * for what this upstream cannot give.
   */
  constructor(
    request: ClientRequest,
    dialect: UpstreamDialect,
    target: TargetRequest,
    clock: Clock = systemClock,
    random: () => number = Math.random,
  ) {
    const edit = new RequestEdit(request, dialect, target);
    edit.run();
    this.body = edit.body;
    this.warnings = edit.warnings;
    this.includeUsage = edit.usageWish !== 'hidden';
    this.#usage = edit.usageWish;
    // Only the first and the last events of a trusted stream are read: too few to see that each of n choices ended.
    this.#trusted = dialect.trustedStream && edit.choices === 1;
    this.#context = {
      model: target.modelId,
      ownIds: dialect.quirks?.idsRepeat === true,
      wall: () => clock.wall(),
      random,
    };
  }

  unary(body: Buffer): UnaryReply {
    return relayOpenAiReply(body, this.#context);
  }

  stream(): StreamRelay {
    return new OpenAiGuard({ trusted: this.#trusted, usage: this.#usage, context: this.#context });
  }
}

import type { Warning } from '../../protocol/wire.ts';
import type { Clock } from '../../util/clock.ts';
import { Assembly } from '../assembly.ts';
import { oneShotStream } from '../chat/one-shot.ts';
import type { ReplyContext } from '../codec.ts';
import type {
  Body,
  Exchange,
  ScannedRequest,
  StreamTransform,
  TargetRequest,
  UnaryReply,
} from '../exchange.ts';
import { SSE } from '../framing/sse.ts';
import type { DialectEndpoint } from '../wire.ts';
import { openAiChatCodec } from './codec.ts';
import type { OpenAiChatDialect } from './dialect.ts';
import type { NormalizeContext } from './normalize/rule.ts';
import type { UsageWish } from './normalize/state.ts';
import { passReply } from './pass-reply.ts';
import { RequestPatch } from './patch.ts';
import { OpenAiGuard } from './stream/guard.ts';

/** Client and upstream both speak OpenAI chat: the client's bytes go out with a patch, the reply's come back. */
export class OpenAiPassThrough implements Exchange {
  readonly format = 'openai-chat';
  readonly path: string;
  readonly isSameWire = true;
  readonly framing = SSE;
  readonly asksForStream: boolean;
  readonly body: Body;
  readonly warnings: readonly Warning[];
  readonly #isTrusted: boolean;
  readonly #usage: UsageWish;
  readonly #context: NormalizeContext;
  readonly #estimatedInputTokens: number;

  /**
   * Throws a `GatewayError`: `invalid_json` where a value that must be read proves to be none, `unsupported_parameter`
   * for what this upstream cannot give.
   */
  constructor(
    request: ScannedRequest,
    { path, dialect }: DialectEndpoint<OpenAiChatDialect>,
    target: TargetRequest,
    clock: Clock,
    random: () => number = Math.random,
  ) {
    const patch = new RequestPatch(request, dialect, target);
    patch.run();
    this.path = path;
    this.body = patch.body;
    this.warnings = patch.warnings;
    this.asksForStream = request.facts.stream || dialect.unaryAsStream;
    this.#usage = patch.usageWish;
    // Only the first and the last events of a trusted stream are read: too few to see that each of n choices ended.
    this.#isTrusted = target.trustedStream && patch.choices === 1;
    this.#context = {
      model: target.modelId,
      ownIds: dialect.quirks.idsRepeat === true,
      wall: clock.wall,
      random,
    };
    this.#estimatedInputTokens = request.facts.estimatedTokens;
  }

  unary(body: Buffer): UnaryReply {
    return passReply(body, this.#context);
  }

  stream(): StreamTransform {
    return new OpenAiGuard({ trusted: this.#isTrusted, usage: this.#usage, context: this.#context });
  }

  assemble(): StreamTransform {
    return new Assembly(SSE, openAiChatCodec.openAssembler());
  }

  oneShot(body: Buffer): UnaryReply {
    const context: ReplyContext<'chat'> = {
      wishes: { includeUsage: this.#usage !== 'hidden', legacyCalls: false },
      wall: this.#context.wall,
      estimatedInputTokens: this.#estimatedInputTokens,
    };
    return oneShotStream(body, openAiChatCodec, openAiChatCodec, context);
  }
}

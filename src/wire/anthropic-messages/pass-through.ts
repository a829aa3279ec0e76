import type { Warning } from '../../protocol/wire.ts';
import type { Clock } from '../../util/clock.ts';
import { Assembly } from '../assembly.ts';
import { oneShotStream } from '../chat/one-shot.ts';
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
import { messagesCodec } from './codec.ts';
import type { MessagesDialect } from './dialect.ts';
import { passReply } from './pass-reply.ts';
import { MessagesPatch } from './patch.ts';
import { MessagesGuard } from './stream/guard.ts';

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
    return passReply(body);
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

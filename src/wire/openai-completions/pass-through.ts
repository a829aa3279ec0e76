import type { Warning } from '../../protocol/wire.ts';
import { Assembly } from '../assembly.ts';
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
import { CompletionsAssembler } from './assemble.ts';
import type { CompletionsDialect } from './dialect.ts';
import { CompletionsGuard } from './guard.ts';
import { CompletionsPatch } from './patch.ts';
import { passReply } from './reply.ts';

/** Client and upstream both speak OpenAI's completions: the client's bytes go out with a patch, the reply's come back. */
export class CompletionsPassThrough implements Exchange {
  readonly format = 'openai-completions';
  readonly path: string;
  readonly isSameWire = true;
  readonly framing = SSE;
  readonly asksForStream: boolean;
  readonly body: Body;
  readonly warnings: readonly Warning[];
  readonly #showsUsage: boolean;

  /** Throws a `GatewayError` `unsupported_parameter` for a prompt that this upstream does not take. */
  constructor(
    request: ScannedRequest,
    { path, dialect }: DialectEndpoint<CompletionsDialect>,
    target: TargetRequest,
  ) {
    const patch = new CompletionsPatch(request, dialect, target);
    patch.run();
    this.path = path;
    this.body = patch.body;
    this.warnings = patch.warnings;
    this.asksForStream = request.facts.stream || dialect.unaryAsStream;
    this.#showsUsage = patch.showsUsage;
  }

  unary(body: Buffer): UnaryReply {
    return passReply(body);
  }

  stream(): StreamTransform {
    return new CompletionsGuard(this.#showsUsage);
  }

  assemble(): StreamTransform {
    return new Assembly(SSE, new CompletionsAssembler());
  }

  /** A chunk of a stream and a whole reply are one shape. */
  oneShot(body: Buffer): UnaryReply {
    const reply = passReply(body);
    return {
      ...reply,
      body: Buffer.concat([Buffer.from('data: '), reply.body, Buffer.from('\n\ndata: [DONE]\n\n')]),
    };
  }
}

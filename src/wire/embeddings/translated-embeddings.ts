import type { WireFormat } from '../../protocol/wire.ts';
import type { Codec, ReplyContext } from '../codec.ts';
import type { Exchange } from '../exchange.ts';
import type { Translation } from '../translate.ts';
import { unaryExchange } from '../unary-exchange.ts';
import { estimatedVectorUsage, VectorCheck } from './vectors.ts';

/** The exchange for embeddings when client and upstream use different wires. */
export function translatedEmbeddings(
  upstream: { readonly format: WireFormat; readonly path: string; readonly codec: EmbeddingsReader },
  client: Pick<Codec<'embeddings', never>, 'encodeReply'>,
  { body, warnings }: Translation<'embeddings'>,
  context: ReplyContext<'embeddings'>,
): Exchange {
  const { format, path, codec } = upstream;
  return unaryExchange({
    format,
    path,
    isSameWire: false,
    body,
    warnings,
    unary: (given) => {
      const reply = codec.decodeReply(given, null);
      const check = new VectorCheck(context.replyOptions.vectors);
      for (const { length } of reply.vectors) check.take(length);
      check.end();
      const { model } = reply;
      const usage = reply.usage ?? estimatedVectorUsage(context.estimatedInputTokens);
      return { body: client.encodeReply(reply, context), usage, model, signatures: [] };
    },
  });
}

type EmbeddingsReader = Pick<Codec<'embeddings', never>, 'decodeReply'>;

import type { EmbeddingsReply, EmbeddingsRequest } from '../../protocol/embeddings.ts';
import type { Codec, DecodedRequest, EncodedRequest, ReplyContext } from '../codec.ts';
import { readInput } from '../embeddings/input.ts';
import { readVector, vectorUsage } from '../embeddings/vectors.ts';
import type { ScannedRequest, TargetRequest } from '../exchange.ts';
import { invalidField } from '../fields/field-error.ts';
import { fieldValue } from '../json/scan.ts';
import { filledString } from '../json/value.ts';
import { WarningList } from '../warning-list.ts';
import type { NoDialect } from '../wire.ts';
import { readDimensions, readEncoding } from './parameters.ts';
import { inputTokensOf, parseEmbeddings, writeEmbeddings, writeUsage } from './reply.ts';

const CARRIED: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);

/** The codec of OpenAI's embeddings, for clients and for upstreams. */
export const openAiEmbeddingsCodec: Codec<'embeddings', NoDialect> = {
  decodeRequest,
  encodeReply,
  encodeRequest,
  decodeReply,
};

function decodeRequest(
  source: ScannedRequest,
  params: Readonly<Record<string, unknown>>,
): DecodedRequest<'embeddings'> {
  const { body, fields } = source;
  const warnings = new WarningList();
  for (const { name } of fields) if (!CARRIED.has(name)) warnings.dropped(name);
  const encoding = readEncoding(source);
  if (encoding === null) throw invalidField('encoding_format', "'float' or 'base64'");
  const dimensions = readDimensions(source, params);
  const user = filledString(fieldValue(body, fields, 'user'));
  const input = readInput(fieldValue(body, fields, 'input'));
  const vectors = { count: source.facts.inputs ?? 1, dimensions };
  return {
    request: { input, dimensions, user },
    warnings: warnings.all,
    replyOptions: { encoding, vectors },
  };
}

function encodeReply(
  { model, vectors, usage }: EmbeddingsReply,
  { replyOptions, modelId, estimatedInputTokens }: ReplyContext<'embeddings'>,
): Buffer {
  const data = vectors.map((vector) => ({ vector, entry: {} }));
  const counts = writeUsage(usage?.inputTokens ?? estimatedInputTokens);
  return writeEmbeddings({ model: model ?? modelId, usage: counts }, data, replyOptions.encoding);
}

function encodeRequest(
  { input, dimensions, user }: EmbeddingsRequest,
  { modelId }: TargetRequest,
): EncodedRequest<'embeddings'> {
  const body = {
    model: modelId,
    input: input.type === 'texts' ? input.texts : input.tokens,
    ...(dimensions === null ? {} : { dimensions }),
    ...(user === null ? {} : { user }),
  };
  return { body: Buffer.from(JSON.stringify(body)), warnings: [], requestsStream: false, notes: null };
}

function decodeReply(body: Buffer): EmbeddingsReply {
  const { data, frame } = parseEmbeddings(body);
  return {
    model: filledString(frame['model']),
    vectors: data.map(({ embedding }) => readVector(embedding)),
    usage: vectorUsage(inputTokensOf(frame['usage'])),
  };
}

import type { EmbeddingsReply, EmbeddingsRequest } from '../../protocol/embeddings.ts';
import type { Codec, DecodedRequest, EncodedRequest, ReplyContext } from '../codec.ts';
import { readInput } from '../embeddings/input.ts';
import { toNumbers } from '../embeddings/vectors.ts';
import type { ScannedRequest, TargetRequest } from '../exchange.ts';
import { untranslatableField } from '../fields/field-error.ts';
import { fieldValue } from '../json/scan.ts';
import { WarningList } from '../warning-list.ts';
import type { NoDialect } from '../wire.ts';
import { readEmbeddings } from './reply.ts';

const CARRIED: ReadonlySet<string> = new Set(['model', 'input', 'dimensions']);
const NANOSECONDS = 1_000_000;

/** The codec of Ollama's embeddings, for clients and for upstreams. */
export const ollamaEmbedCodec: Codec<'embeddings', NoDialect> = {
  decodeRequest,
  encodeReply,
  encodeRequest,
  decodeReply: readEmbeddings,
};

function decodeRequest({ body, fields, facts }: ScannedRequest): DecodedRequest<'embeddings'> {
  const warnings = new WarningList();
  // No other server cuts an input that is too long.
  const keepsAll = fieldValue(body, fields, 'truncate') === false;
  for (const { name } of fields) {
    if (!CARRIED.has(name) && !(name === 'truncate' && keepsAll)) warnings.dropped(name);
  }
  const size = fieldValue(body, fields, 'dimensions');
  const dimensions = typeof size === 'number' && size > 0 ? size : null;
  const input = readInput(fieldValue(body, fields, 'input'));
  return {
    request: { input, dimensions, user: null },
    warnings: warnings.all,
    replyOptions: { encoding: 'float', vectors: { count: facts.inputs ?? 1, dimensions } },
  };
}

function encodeReply(
  { model, vectors, usage }: EmbeddingsReply,
  { modelId, estimatedInputTokens, startedAt, wall }: ReplyContext<'embeddings'>,
): Buffer {
  const tookMs = startedAt === undefined ? 0 : Math.max(0, wall() - startedAt);
  const frame = {
    model: model ?? modelId,
    total_duration: Math.round(tookMs * NANOSECONDS),
    load_duration: 0,
    prompt_eval_count: usage?.inputTokens ?? estimatedInputTokens,
  };
  const head = JSON.stringify(frame).slice(0, -1);
  return Buffer.from(`${head},"embeddings":[${vectors.map(toNumbers).join(',')}]}`);
}

/**
 * Always a list, since the server makes no vector from a bare empty string; and without truncation, so that an input
 * that is too long is an error instead of silently cut. Throws a `GatewayError` `unsupported_parameter` for token ids
 * (wire case 174).
 */
function encodeRequest(
  { input, dimensions, user }: EmbeddingsRequest,
  { modelId }: TargetRequest,
): EncodedRequest<'embeddings'> {
  if (input.type === 'tokens') throw untranslatableField('input', 'Ollama accepts texts, not token ids.');
  const warnings = new WarningList();
  if (user !== null) warnings.dropped('user');
  const body = {
    model: modelId,
    input: input.texts,
    truncate: false,
    ...(dimensions === null ? {} : { dimensions }),
  };
  return {
    body: Buffer.from(JSON.stringify(body)),
    warnings: warnings.all,
    requestsStream: false,
    notes: null,
  };
}

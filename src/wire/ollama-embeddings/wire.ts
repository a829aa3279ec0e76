import { OPERATION_KINDS } from '../../protocol/wire.ts';
import type { Codec, DecodedRequest, ReplyContext } from '../codec.ts';
import type { EmbeddingsReply } from '../../protocol/embeddings.ts';
import { toNumbers } from '../embeddings/vectors.ts';
import type { ScannedRequest } from '../exchange.ts';
import { estimateTokens, invalidBody, nameOf, readFields } from '../fields/read-body.ts';
import { invalidField } from '../fields/field-error.ts';
import { fieldValue } from '../json/scan.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { WarningList } from '../warning-list.ts';
import { plainRequest } from '../fields/plain-request.ts';

/** `keep_alive` and `options` are about a model in the memory of Ollama. */
const CARRIED: ReadonlySet<string> = new Set(['model', 'prompt']);

/** The first byte of `null`. */
const NULL = 0x6e;

const codec: Codec<'embeddings', NoDialect> = {
  decodeRequest,
  encodeReply,
  encodeRequest: forClients,
  decodeReply: forClients,
};

/** Ollama's older `/api/embeddings`: one text, one vector. Only clients use it. */
export const ollamaEmbeddingsWire: Wire<'ollama-embeddings', 'embeddings', NoDialect> = {
  format: 'ollama-embeddings',
  operation: 'embeddings',
  framing: null,
  scan,
  codec,
  // Without a text Ollama only loads the model.
  ownReply: ({ isEmpty }) => (isEmpty === true ? Buffer.from('{"embedding":[]}') : null),
};

/** Throws a `GatewayError` `invalid_json` or `invalid_body`, the latter with `param`. */
function scan(body: Buffer): ScannedRequest {
  const prompts: number[] = [];
  const fields = readFields(body, (name, cursor) => {
    if (name !== 'prompt' || cursor.peek() === NULL) return false;
    if (!cursor.passString()) throw invalidBody('prompt', "'prompt' must be a string.");
    prompts.push(cursor.stringBytes);
    return true;
  });
  const model = nameOf(body, fields);
  const bytes = prompts.at(-1) ?? 0;
  const request = plainRequest('ollama-embeddings', body, fields, {
    model,
    kind: OPERATION_KINDS.embeddings,
    stream: false,
    estimatedTokens: estimateTokens(bytes, 0),
  });
  return bytes === 0 ? { ...request, isEmpty: true } : request;
}

function decodeRequest({ body, fields }: ScannedRequest): DecodedRequest<'embeddings'> {
  const warnings = new WarningList();
  for (const { name } of fields) if (!CARRIED.has(name)) warnings.dropped(name);
  const prompt = fieldValue(body, fields, 'prompt');
  if (typeof prompt !== 'string') throw invalidField('prompt', 'a string');
  return {
    request: { input: { type: 'texts', texts: [prompt] }, dimensions: null, user: null },
    warnings: warnings.all,
    replyOptions: { encoding: 'float', vectors: { count: 1, dimensions: null } },
  };
}

function encodeReply({ vectors }: EmbeddingsReply, _client: ReplyContext<'embeddings'>): Buffer {
  return Buffer.from(`{"embedding":${toNumbers(vectors[0] ?? [])}}`);
}

function forClients(): never {
  throw new TypeError('no server is called with this wire');
}

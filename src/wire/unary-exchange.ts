import type { WireFormat, Warning } from '../protocol/wire.ts';
import type { Body, Exchange, ScannedRequest, TargetRequest, UnaryReply } from './exchange.ts';
import { BodyPatch } from './json/patch.ts';
import { lastField } from './json/scan.ts';

/** The first byte of `null`. */
const NULL = 0x6e;

/** The parts of an exchange of a wire that never streams. */
export interface UnaryParts {
  readonly format: WireFormat;
  readonly path: string;
  readonly isSameWire: boolean;
  readonly body: Body;
  readonly warnings: readonly Warning[];
  /** Converts a unary reply. Throws a `WireFault` if it is invalid. */
  readonly unary: (body: Buffer) => UnaryReply;
}

/** The exchange of a wire that never streams; its stream methods throw. */
export function unaryExchange(parts: UnaryParts): Exchange {
  return {
    ...parts,
    framing: null,
    requestsStream: false,
    stream: neverStreams,
    assemble: neverStreams,
    oneShot: neverStreams,
  };
}

/**
 * The pass-through exchange of a wire that never streams: the client's bytes are sent except for the model name, the
 * `added` fields, the edits of `edit`, and nulls, which count as absent and make llama-server fail (wire case 80).
 */
export function passUnary(
  { format, body, fields, facts }: ScannedRequest,
  path: string,
  { modelId }: TargetRequest,
  unary: UnaryParts['unary'],
  added: Readonly<Record<string, unknown>> = {},
  edit: (patch: BodyPatch) => void = () => {},
): Exchange {
  const patch = new BodyPatch(body, fields);
  for (const field of fields) {
    if (body[field.valueStart] === NULL && lastField(fields, field.name) === field) patch.remove(field.name);
  }
  if (facts.model !== modelId) patch.set('model', JSON.stringify(modelId));
  for (const [name, value] of Object.entries(added)) patch.set(name, JSON.stringify(value));
  edit(patch);
  return unaryExchange({ format, path, isSameWire: true, body: patch.apply(), warnings: [], unary });
}

function neverStreams(): never {
  throw new TypeError('this wire never streams');
}

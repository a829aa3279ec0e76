import { GatewayError } from '../protocol/errors.ts';
import { parseModelId } from '../protocol/model-id.ts';
import { shorten } from '../util/shorten.ts';
import { aliasTarget, findModel, NAME_MAX, unknownModel } from './name.ts';
import type { Destination, RouteRequest } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Finds the model of a direct call, which names it by its full id or by an alias of one: nothing is chosen here, since
 * voices, sizes and formats are those of one vendor. The model need not be known. Throws 400 for any other name, and 404
 * for an unknown provider.
 */
export function resolveDirect({ headers, facts }: RouteRequest, snapshot: Snapshot): Destination {
  if (headers.node !== null) throw needsFullId('a node is named', 'x-laneway-node');
  if (headers.lane !== null) throw needsFullId('a lane is named', 'x-laneway-lane');
  const name = facts.model;
  if (name === null) throw needsFullId('no model is named');
  if (name.length > NAME_MAX) throw unknownModel(name, snapshot);
  const id = parseModelId(name) === null ? aliasTarget(name, snapshot) : name;
  const model = id === null ? null : findModel(id, snapshot, true);
  if (model !== null) return { kind: 'model', requested: name, model };
  if (id !== null && parseModelId(id) !== null) throw unknownModel(name, snapshot);
  throw needsFullId(`"${shorten(name)}" is ${whatItIs(name, id, snapshot)}`);
}

/** `alias`: what the name is an alias of; null: nothing. */
function whatItIs(name: string, alias: string | null, { nodes, lanes }: Snapshot): string {
  if (name.startsWith('node:') || nodes.has(name)) return 'a node';
  if (name.startsWith('lane:') || lanes.has(name)) return 'a lane';
  return alias === null ? 'none' : `an alias of "${alias}"`;
}

function needsFullId(why: string, param = 'model'): GatewayError {
  const message = `this call goes to one provider: set "model" to the full id of a model, PROVIDER/MODEL, such as "openai/whisper-1"; ${why}`;
  return new GatewayError('unsupported_parameter', message, { param });
}

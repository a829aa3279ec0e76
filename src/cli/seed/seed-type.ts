import { SLOW_CALL_MS, type GatewayClient } from '../client/gateway-client.ts';
import type { AssignmentReply, SwitchedReply, TargetReply, WarningReply } from '../client/replies.ts';
import { CommandFault, EXIT } from '../exit-codes.ts';
import { modelText, targetText } from '../output/target-text.ts';
import { parseModelId } from '../../protocol/model-id.ts';
import { rankModels, type Choice } from './choose.ts';
import type { InteractionType } from './interaction-types.ts';
import type { NodeConfigReply, SeedState } from './read-state.ts';

/** The reason of the overrides that `laneway seed` makes, by which a later run recognises them. */
export const SEED_REASON = 'laneway seed';

/** Why a type is skipped whose node does not exist. */
export const NO_NODE = 'no such node';

/** Options of `laneway seed`. */
export interface SeedOptions {
  /** Choose again, also where somebody else has assigned a model. */
  readonly force: boolean;
  /** Send one short request to each model before it is set. */
  readonly preflight: boolean;
  readonly dryRun: boolean;
}

/** What was done for an interaction type. */
export interface SeededType {
  readonly interaction_type: string;
  /** `kept`: somebody else has assigned it; `skipped`: it could not be set up. */
  readonly result: 'set' | 'unchanged' | 'kept' | 'skipped';
  /** `PROVIDER/MODEL` or `lane:NAME` after the run; null: nothing usable is assigned. */
  readonly target: string | null;
  /** Of the node; null: that of its lane, its model or the caller. */
  readonly temperature: number | null;
  /** In a few words. */
  readonly why: string;
  /** The target before, where another was set. */
  readonly previous: string | null;
  /** Models that would come first, and why they cannot be used. */
  readonly passed_over: readonly { readonly model: string; readonly reason: string }[];
  readonly warnings: readonly WarningReply[];
}

/** A gateway, its state and the options. */
export interface Seeding {
  readonly client: GatewayClient;
  readonly state: SeedState;
  readonly options: SeedOptions;
}

interface Present {
  readonly node: NodeConfigReply;
  readonly assignment: AssignmentReply;
}

type Target = { readonly provider: string; readonly model_id: string } | { readonly lane: string };

/** Most choices that the gateway is asked about: it refuses a model that does not fit into the memory, for example. */
const CHOICES_MAX = 8;

/** Sets up one interaction type, unless it is set up already. Throws a `CommandFault` (6) when no gateway answers. */
export async function seedType(type: InteractionType, seeding: Seeding): Promise<SeededType> {
  const { state, options } = seeding;
  const [node, assignment] = [state.nodes[type.name], state.assignments[type.name]];
  if (node === undefined || assignment === undefined) {
    return skipped(type, NO_NODE);
  }
  const present = { node, assignment };
  const keeper = options.force ? null : keptBecause(assignment, type);
  if (keeper !== null) return { ...unchanged(type, present), ...keeper };
  const lane = assignment.default.lane;
  if (lane !== null && serves(assignment.default, state)) {
    return settle(type, { id: `lane:${lane}`, why: 'the configured lane' }, present, seeding);
  }
  return setFirstFit(type, present, seeding);
}

/** The result where an assignment must not be replaced; null where it may be. */
function keptBecause(
  { is_default: isDefault, reason, actor }: AssignmentReply,
  { aim }: InteractionType,
): Pick<SeededType, 'result' | 'why'> | null {
  if (isDefault) return null;
  if (reason !== SEED_REASON) {
    const words = reason === null ? '' : `: ${reason}`;
    return { result: 'kept', why: `set by ${actor ?? 'somebody'}${words}` };
  }
  // Vectors of another model could not be compared with those that are stored.
  return aim === 'vectors' ? { result: 'unchanged', why: 'set by an earlier run' } : null;
}

/** Does a lane have a model that can be used now? */
function serves(target: TargetReply, { candidates }: SeedState): boolean {
  const model = modelText(target);
  return candidates.some(({ id }) => id === model);
}

/** Sets the best model that the gateway accepts for the node. */
async function setFirstFit(type: InteractionType, present: Present, seeding: Seeding): Promise<SeededType> {
  const { state, options } = seeding;
  const isOwn = present.assignment.reason === SEED_REASON && !options.force;
  const wish = { ...state.wish(type.name, type.aim), earlier: isOwn ? targetText(present.node) : null };
  const choices = rankModels(state.candidates, wish).slice(0, CHOICES_MAX);
  const passedOver: { model: string; reason: string }[] = [];
  const { configured } = wish;
  if (configured !== null && !choices.some(({ id }) => id === configured)) {
    passedOver.push({ model: configured, reason: state.whyNot(configured) });
  }
  for (const choice of choices) {
    // What is in force needs no check, unless its answer is wanted.
    if (choice.id === targetText(present.node) && !options.preflight) {
      return { ...(await settle(type, choice, present, seeding)), passed_over: passedOver };
    }
    const { unfit, warnings } = await checkChoice(type, choice, seeding);
    if (unfit === null) {
      const settled = await settle(type, choice, present, seeding);
      return { ...settled, passed_over: passedOver, warnings };
    }
    passedOver.push({ model: choice.id, reason: unfit });
  }
  return { ...skipped(type, whyNone(type, state, choices)), passed_over: passedOver };
}

function whyNone({ aim }: InteractionType, { candidates }: SeedState, choices: readonly Choice[]): string {
  if (aim === 'vectors') return 'no embedding model';
  const isWithoutTools = choices.length === 0 && candidates.some(({ kind }) => kind === 'chat');
  return isWithoutTools ? 'no model with tools' : 'no usable model';
}

/** Why the gateway would not assign a model; null when it would, with its warnings. */
async function checkChoice(
  { name }: InteractionType,
  { id }: Choice,
  { client, options: { preflight } }: Seeding,
): Promise<{ readonly unfit: string | null; readonly warnings: readonly WarningReply[] }> {
  try {
    const reply = await client.call<SwitchedReply>({
      method: 'PUT',
      path: `/api/debug/models/${encodeURIComponent(name)}`,
      body: { ...targetOf(id), dry_run: true, ...(preflight && { preflight }) },
      ...(preflight && { timeoutMs: SLOW_CALL_MS }),
    });
    return { unfit: unfitBecause(reply), warnings: reply.warnings };
  } catch (error) {
    return { unfit: refusalOf(error), warnings: [] };
  }
}

function unfitBecause({ fit, reasons, preflight }: SwitchedReply): string | null {
  if (fit !== true) return reasons?.[0]?.reason ?? 'not fit';
  return preflight?.ok === false ? (preflight.message ?? 'did not answer') : null;
}

/** Sets a target and the temperature of the type where they are not in force yet. */
async function settle(
  type: InteractionType,
  { id, why }: Choice,
  present: Present,
  { client, state, options }: Seeding,
): Promise<SeededType> {
  const { node } = present;
  const isOwn = state.withTemperature.has(type.name);
  const temperature = isOwn ? null : type.temperature;
  const before = targetText(node);
  const isSet = before === id && (temperature === null || node.temperature !== null);
  if (isSet) return { ...unchanged(type, present), why };
  const set: SeededType = {
    ...unchanged(type, present),
    ...{ result: 'set', target: id, why, previous: before === id ? null : before },
    temperature: temperature ?? node.temperature,
  };
  if (options.dryRun) return set;
  try {
    const after = await client.call<NodeConfigReply>({
      method: 'PUT',
      path: `/api/v1/llm/config/${encodeURIComponent(type.name)}`,
      body: { ...targetOf(id), ...(temperature !== null && { temperature }), reason: SEED_REASON },
    });
    return { ...set, temperature: after.temperature };
  } catch (error) {
    return { ...skipped(type, refusalOf(error)), target: before };
  }
}

function targetOf(id: string): Target {
  if (id.startsWith('lane:')) return { lane: id.slice('lane:'.length) };
  const model = parseModelId(id);
  return { provider: model?.provider ?? '', model_id: model?.modelId ?? '' };
}

/** A type as it is. */
function unchanged({ name }: InteractionType, { node }: Present): SeededType {
  return {
    ...{
      interaction_type: name,
      result: 'unchanged',
      target: targetText(node),
      temperature: node.temperature,
    },
    ...{ why: '', previous: null, passed_over: [], warnings: [] },
  };
}

function skipped({ name }: InteractionType, why: string): SeededType {
  return {
    ...{ interaction_type: name, result: 'skipped', target: null, temperature: null, why },
    ...{ previous: null, passed_over: [], warnings: [] },
  };
}

/** The message of a call that the gateway has refused. Throws any other error. */
function refusalOf(error: unknown): string {
  if (error instanceof CommandFault && error.exitCode === EXIT.no) return error.message;
  throw error;
}

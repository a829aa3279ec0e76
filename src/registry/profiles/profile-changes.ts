import type { Config } from '../../config/config.ts';
import { effective } from '../../config/effective.ts';
import { canonicalJson, isList, isObject, type Json, type JsonObject } from '../../config/files/json.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import { assignmentLabel } from '../assignments/overrides.ts';

/** What a profile would change of one node, one lane or one other entry. */
export interface ProfileChange {
  /** `node:evaluate`, `lane:coder`, `model:ID`, `alias:NAME`, `rule:NAME`, or a key at the top: `default_lane`. */
  readonly subject: string;
  /** What differs, as text for people; null where there is no such entry. */
  readonly from: string | null;
  readonly to: string | null;
  /** The override that stays in force, as a model id or `lane:NAME`; null without one. */
  readonly override: string | null;
}

/** A model that a node is assigned to, or that a lane prefers, after a change and not before it. */
export interface NewlyAssigned {
  /** `node:evaluate`, `lane:coder`. */
  readonly subject: string;
  /** As the configuration names it. */
  readonly model: string;
}

const PREFIXES: Readonly<Record<string, string>> = {
  nodes: 'node',
  lanes: 'lane',
  models: 'model',
  aliases: 'alias',
  rules: 'rule',
  providers: 'provider',
};

/** Text for people. */
const PROSE = ['why', 'description'];

/** Keys of an entry that are not shown when the whole entry is new: nearly always the defaults, or text. */
const QUIET_KEYS = ['deadlines', 'on_unanswered', 'on_content_policy', 'kind', ...PROSE];

/** The entries that differ between two configurations, nodes and lanes first. `snapshot` has the present overrides. */
export function profileChanges(before: Config, after: Config, snapshot: Snapshot): ProfileChange[] {
  const [old, now] = [effective(before), effective(after)];
  const sections = new Set(['default_lane', 'nodes', 'lanes', ...Object.keys(old), ...Object.keys(now)]);
  return [...sections].flatMap((section) => {
    const [was, is] = [old[section], now[section]];
    if (isSame(was, is)) return [];
    const prefix = PREFIXES[section];
    if (prefix === undefined) return [changeOf(section, was, is, snapshot)];
    const [entries, others] = [isObject(was) ? was : {}, isObject(is) ? is : {}];
    return [...new Set([...Object.keys(entries), ...Object.keys(others)])]
      .filter((name) => !isSame(entries[name], others[name]))
      .map((name) => changeOf(`${prefix}:${name}`, entries[name], others[name], snapshot));
  });
}

/** The models that nodes are assigned to, and lanes prefer first, in the second configuration and not in the first. */
export function newlyAssigned(before: Config, after: Config): NewlyAssigned[] {
  const known = new Set(assignedIn(before).map(({ subject, model }) => `${subject} ${model}`));
  return assignedIn(after).filter(({ subject, model }) => !known.has(`${subject} ${model}`));
}

function assignedIn({ nodes, lanes }: Config): NewlyAssigned[] {
  const first = [
    ...Object.entries(nodes).map(([name, { model }]) => [`node:${name}`, model] as const),
    ...Object.entries(lanes).map(([name, { preferred }]) => [`lane:${name}`, preferred[0]] as const),
  ];
  return first.flatMap(([subject, model]) => (model == null ? [] : [{ subject, model }]));
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}

function changeOf(
  subject: string,
  was: Json | undefined,
  is: Json | undefined,
  snapshot: Snapshot,
): ProfileChange {
  const override = overrideOf(subject, snapshot);
  return { subject, from: describe(subject, was, is), to: describe(subject, is, was), override };
}

/** A value with the parts in which it differs from another; null where there is none. */
function describe(subject: string, value: Json | undefined, other: Json | undefined): string | null {
  if (value === undefined) return null;
  if (!isObject(value)) return shown(value);
  const isNode = subject.startsWith('node:');
  const parts = isObject(other) ? differing(value, other) : newParts(value);
  const shownParts = parts.filter(([key]) => !isNode || (key !== 'model' && key !== 'lane'));
  const label = isNode ? [nodeLabel(value)] : [];
  const all = [...label, ...shownParts.map(([key, part]) => `${key}=${shown(part)}`)];
  // The other one has keys that this one lacks.
  return all.length === 0 ? 'without' : all.join(' ');
}

/** What differs from another entry; in objects key by key, text for people only if nothing else differs. */
function differing(value: JsonObject, other: JsonObject): [string, Json][] {
  const parts = Object.entries(value).flatMap(([key, part]): [string, Json][] => {
    const otherPart = other[key];
    if (isSame(part, otherPart)) return [];
    if (!isObject(part) || !isObject(otherPart)) return [[key, part]];
    return differing(part, otherPart).map(([inner, innerPart]) => [`${key}.${inner}`, innerPart]);
  });
  const keys = new Set([...Object.keys(value), ...Object.keys(other)]);
  const isProseAlone = [...keys].every((key) => PROSE.includes(key) || isSame(value[key], other[key]));
  return isProseAlone ? parts : parts.filter(([key]) => !PROSE.includes(key));
}

function newParts(value: JsonObject): [string, Json][] {
  return Object.entries(value).filter(([key, part]) => !QUIET_KEYS.includes(key) && !isEmpty(part));
}

function nodeLabel({ model, lane }: JsonObject): string {
  return typeof model === 'string' ? model : `lane:${shown(lane)}`;
}

function shown(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (isList(value)) return value.map(shown).join(',');
  return JSON.stringify(value ?? null);
}

function isEmpty(value: Json | undefined): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function overrideOf(subject: string, { nodes, lanes }: Snapshot): string | null {
  const [kind, name = ''] = subject.split(/:(.*)/s);
  if (kind === 'lane') return lanes.get(name)?.override?.model ?? null;
  const node = kind === 'node' ? nodes.get(name) : undefined;
  return node?.override == null ? null : assignmentLabel(node.assignment);
}

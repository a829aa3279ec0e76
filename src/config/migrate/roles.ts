import { parseModelId } from '../../protocol/model-id.ts';
import { matchName } from '../environment/draft.ts';
import type { Path } from '../faults.ts';
import { isList, isObject, objectAt, type Json, type JsonObject } from '../files/json.ts';
import { nameFault } from '../validate/names.ts';
import type { ConversionDraft } from './conversion.ts';
import type { Known } from './known.ts';
import { findModel, type Place } from './model-name.ts';
import { todaysNames, withoutOthers } from './requirements.ts';

/** Request parameters that older roles have at their own level. */
const PARAMS = ['temperature', 'top_p', 'max_tokens'];

/** `role_mappings`: each role becomes a lane. */
export function convertRoles(roles: JsonObject, known: Known, draft: ConversionDraft): void {
  const names = Object.keys(objectAt(known.below, 'lanes'));
  const used = new Map<string, string>();
  for (const [name, value] of Object.entries(roles)) {
    const from = ['role_mappings', name];
    const lane = matchName(name, names) ?? laneName(name);
    const fault = nameFault('lane', lane);
    const twin = used.get(lane);
    const role = roleOf(value);
    if (fault !== null) draft.leave(from, fault);
    else if (twin !== undefined) draft.leave(from, `is the same lane as role "${twin}"; rename one of them`);
    else if (role === null) draft.leave(from, 'must be an object, or the names of models');
    else {
      used.set(lane, name);
      convertRole(role, { from, lane }, known, draft);
    }
  }
}

/** Lanes have lower-case names without spaces. */
function laneName(role: string): string {
  return role
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '_');
}

/** A role; the name of a model, or a list of names, is its `preferred`. */
function roleOf(value: Json): JsonObject | null {
  if (isObject(value)) return value;
  return typeof value === 'string' || isList(value) ? { preferred: value } : null;
}

interface Target {
  readonly from: Path;
  readonly lane: string;
}

function convertRole(role: JsonObject, { from, lane }: Target, known: Known, draft: ConversionDraft): void {
  const { preferred = [], cloud_fallback: cloudFallback = [], requirements, ...others } = role;
  const to = ['lanes', lane];
  const local = models(preferred, 'local', [...from, 'preferred'], known, draft);
  const cloud = models(cloudFallback, 'cloud', [...from, 'cloud_fallback'], known, draft);
  draft.set([...to, 'preferred'], local);
  const shipped = objectAt(objectAt(known.base, 'lanes'), lane);
  const required = requirementsOf(requirements, shipped, [...from, 'requirements'], draft);
  if (required !== undefined) draft.set([...to, 'requirements'], required);
  draft.set([...to, 'cloud_fallback'], cloud);
  const staysLocal = namesNothing(cloudFallback) && local.every((id) => isLocal(id, known));
  if (staysLocal) draft.set([...to, 'cloud'], false);
  for (const [key, value] of Object.entries(others)) {
    draft.set(PARAMS.includes(key) ? [...to, 'params', key] : [...to, key], value);
  }
  draft.take(from, to, notes(lane, staysLocal, { shipped, others }));
}

/** The requirements of a role; those of a weaker layer's lane of the same name do not remain. */
function requirementsOf(
  written: Json | undefined,
  shipped: JsonObject,
  from: Path,
  draft: ConversionDraft,
): Json | undefined {
  const below = objectAt(shipped, 'requirements');
  if (written === undefined) return Object.keys(below).length > 0 ? null : undefined;
  return withoutOthers(todaysNames(written, from, draft), below);
}

function notes(
  lane: string,
  staysLocal: boolean,
  { shipped, others }: { readonly shipped: JsonObject; readonly others: JsonObject },
): string {
  const parts: string[] = [];
  if (staysLocal) {
    parts.push('without a cloud fallback it stays off all clouds ("cloud": false)');
  }
  const remaining = ['params', 'deadlines'].filter(
    (key) => Object.keys(objectAt(shipped, key)).length > 0 && !Object.hasOwn(others, key),
  );
  if (remaining.length > 0) {
    parts.push(`lane ${lane} exists already: its ${remaining.join(' and ')} remain`);
  }
  return parts.join('; ');
}

/** The full ids of a model or a list of models, without those that cannot be taken over. */
function models(written: Json, place: Place, from: Path, known: Known, draft: ConversionDraft): string[] {
  const listed = isList(written) ? written : [written];
  const ids = listed.flatMap((name, index) => {
    const at = isList(written) ? [...from, index] : from;
    if (typeof name !== 'string') {
      draft.leave(at, 'is not the name of a model');
      return [];
    }
    const found = findModel(name, place, known);
    if ('id' in found) return [found.id];
    draft.leave(at, found.fault);
    return [];
  });
  return [...new Set(ids)];
}

function namesNothing(written: Json): boolean {
  return isList(written) && written.length === 0;
}

function isLocal(id: string, known: Known): boolean {
  const provider = parseModelId(id)?.provider;
  return provider !== undefined && known.isLocal(provider);
}

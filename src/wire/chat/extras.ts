import type { ChatRequest, ExtraField } from '../../protocol/chat.ts';
import type { TargetRequest } from '../exchange.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import type { WarningList } from '../warning-list.ts';

/** Where a wire has these fields in a request's body: a key, or a key within an object (`options.seed`). */
export type ExtraNames = Readonly<Partial<Record<ExtraField, string>>>;

/** Reads the extra fields that a client sent, as a part of its request. Nulls count as absent (wire case 80). */
export function readExtras(body: JsonObject, names: ExtraNames): Pick<ChatRequest, 'extras'> {
  const extras: Partial<Record<ExtraField, unknown>> = {};
  for (const [field, name] of entriesOf(names)) {
    const value = valueAt(body, name);
    if (value !== null && value !== undefined) extras[field] = value;
  }
  return Object.keys(extras).length === 0 ? {} : { extras };
}

/**
 * The extra fields of a request and of its target's defaults by their names in the upstream's body; fields that it does
 * not have are reported, unless their value means the same as leaving them out.
 */
export function writeExtras(
  { extras = {} }: Pick<ChatRequest, 'extras'>,
  { params }: Pick<TargetRequest, 'params'>,
  names: ExtraNames,
  warnings: WarningList,
): ReadonlyMap<string, unknown> {
  const written = new Map<string, unknown>();
  for (const field of FIELDS) {
    const value = extras[field] ?? params[field] ?? null;
    const name = names[field];
    if (value === null) continue;
    if (name !== undefined) written.set(name, value);
    else if (!isDefault(field, value)) warnings.dropped(field);
  }
  return written;
}

const ALL: Readonly<Record<ExtraField, true>> = {
  seed: true,
  frequency_penalty: true,
  presence_penalty: true,
  min_p: true,
  repeat_penalty: true,
  num_ctx: true,
  keep_alive: true,
  verbosity: true,
  metadata: true,
  prompt_cache_key: true,
};
const FIELDS = Object.keys(ALL) as readonly ExtraField[];

function entriesOf(names: ExtraNames): readonly (readonly [ExtraField, string])[] {
  return Object.entries(names) as [ExtraField, string][];
}

function valueAt(body: JsonObject, name: string): unknown {
  const [outer = '', inner] = name.split('.', 2);
  const value = body[outer];
  if (inner === undefined) return value;
  return isJsonObject(value) ? value[inner] : null;
}

/** Does the value mean the same as leaving the field out? */
function isDefault(field: ExtraField, value: unknown): boolean {
  if (value === 0) return field.endsWith('_penalty') || field === 'min_p';
  return isJsonObject(value) && Object.keys(value).length === 0;
}

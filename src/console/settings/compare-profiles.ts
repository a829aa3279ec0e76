/** The content of a profile, or the configuration in effect. */
export type Content = Readonly<Record<string, unknown>>;

/** One value of an entry on both sides; null: not set there. */
export interface ComparedField {
  /** `params.temperature`; '' where the entry itself is the value. */
  readonly name: string;
  readonly left: string | null;
  readonly right: string | null;
  readonly differs: boolean;
}

/** A node, lane, alias, rule, model, or the default lane. */
export interface ComparedEntry {
  /** `node:evaluate`. */
  readonly id: string;
  readonly fields: readonly ComparedField[];
  readonly differs: boolean;
  /** The only side that has it; null: both have. */
  readonly only: 'left' | 'right' | null;
}

/** Which of the two sides is the configuration in effect: of that, only what the profile sets is compared. */
export type Side = 'left' | 'right' | null;

type Fields = ReadonlyMap<string, string>;

const SECTIONS = { nodes: 'node', lanes: 'lane', aliases: 'alias', rules: 'rule', models: 'model' } as const;
/** A profile removes an entry or a value of the files by null. */
const REMOVED = 'removed';

/** Compares two profiles, or one with the configuration in effect, entry by entry. */
export function compareProfiles(left: Content, right: Content, effective: Side): ComparedEntry[] {
  const [one, other] = [entriesOf(left), entriesOf(right)];
  const ids = namesOf(one, other, effective);
  const none: Fields = new Map();
  return ids.map((id) => {
    const fields = comparedFields(one.get(id) ?? none, other.get(id) ?? none, effective);
    const only = !one.has(id) ? 'right' : !other.has(id) ? 'left' : null;
    return { id, fields, differs: fields.some(({ differs }) => differs), only };
  });
}

function comparedFields(one: Fields, other: Fields, effective: Side): ComparedField[] {
  return namesOf(one, other, effective).map((name) => {
    const left = textAt(one, other, name, effective === 'left');
    const right = textAt(other, one, name, effective === 'right');
    return { name, left, right, differs: left !== right };
  });
}

/** What is in neither file nor default was removed, if that is what the profile wants. */
function textAt(fields: Fields, others: Fields, name: string, isEffective: boolean): string | null {
  return fields.get(name) ?? (isEffective && others.get(name) === REMOVED ? REMOVED : null);
}

/** Names of both sides, or of the profile alone, in their order. */
function namesOf(
  one: ReadonlyMap<string, unknown>,
  other: ReadonlyMap<string, unknown>,
  effective: Side,
): string[] {
  const names = [...(effective === 'left' ? [] : one.keys()), ...(effective === 'right' ? [] : other.keys())];
  return [...new Set(names)];
}

function entriesOf(content: Content): Map<string, Fields> {
  const entries = new Map<string, Fields>();
  const { default_lane: lane } = content;
  if (lane !== undefined) entries.set('default_lane', new Map([['', textOf(lane)]]));
  for (const [section, kind] of Object.entries(SECTIONS)) {
    for (const [name, value] of Object.entries(objectOf(content[section]) ?? {}))
      entries.set(`${kind}:${name}`, fieldsOf(value));
  }
  return entries;
}

function fieldsOf(entry: unknown): Fields {
  const object = objectOf(entry);
  if (object === null) return new Map([['', textOf(entry)]]);
  const { model, lane, ...rest } = object;
  // A node has one of the two.
  const answers = model ?? (lane === undefined || lane === null ? undefined : `lane:${textOf(lane)}`);
  return new Map([...(answers === undefined ? [] : leaves('answered by', answers)), ...leaves('', rest)]);
}

/** The values within a value, with their paths. */
function leaves(path: string, value: unknown): [string, string][] {
  const object = objectOf(value);
  if (object === null) return [[path, textOf(value)]];
  return Object.entries(object).flatMap(([key, part]) => leaves(path === '' ? key : `${path}.${key}`, part));
}

function textOf(value: unknown): string {
  if (value === null) return REMOVED;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(textOf).join(', ');
  return JSON.stringify(value);
}

function objectOf(value: unknown): Content | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Content) : null;
}

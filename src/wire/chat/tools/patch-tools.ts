import type { ScannedRequest } from '../../exchange.ts';
import { parseExact } from '../../json/exact.ts';
import type { BodyPatch } from '../../json/patch.ts';
import { lastField } from '../../json/scan.ts';
import { isJsonObject } from '../../json/value.ts';
import type { WarningList } from '../../warning-list.ts';
import type { ArgumentKeys } from './argument-keys.ts';
import { toolRanges, type ToolLayout, type ToolRanges } from './tool-ranges.ts';
import { fitSchema, type FittedSchema, type SchemaRules } from './tool-schema.ts';

/** How tools are written in a wire, and what a server requires of them. */
export interface ToolRules {
  readonly layout: ToolLayout;
  readonly rules: SchemaRules;
  /** The names of the tools that are sent; null or absent: all. */
  readonly sent?: ReadonlySet<string> | null;
}

/**
 * Fits the schemas in the field `name` of a client's body to the rules of a server (wire cases 72, 73). Only schemas
 * that change are replaced, all other bytes pass. A schema that permits more than the client's is a warning. Returns the
 * changed property names.
 */
export function patchTools(
  { body, fields }: ScannedRequest,
  name: string,
  { layout, rules, sent = null }: ToolRules,
  patch: BodyPatch,
  warnings: WarningList,
): ArgumentKeys {
  const keys = new Map<string, ReadonlyMap<string, string>>();
  const list = lastField(fields, name);
  for (const tool of list === null ? [] : toolRanges(body, list, layout)) {
    if (sent?.has(tool.name) === false) continue;
    const given = schemaOf(body, tool);
    if (given === undefined) continue;
    const fitted = fitSchema(given, rules);
    if (fitted.schema !== given) replaceSchema(tool, fitted, layout, patch);
    if (fitted.loosened.length > 0) warnings.changed(looseSchema(`${name}[${tool.index}]`, fitted));
    if (fitted.keys !== null) keys.set(tool.name, fitted.keys);
  }
  return keys;
}

/** The detail of the warning for a schema that permits more than the client's. */
export function looseSchema(path: string, { loosened }: FittedSchema): string {
  return `${path} (schema without ${loosened.join(' and ')} at its top)`;
}

/** Null: the tool has no schema. Undefined: it has something else, which the server rejects. */
function schemaOf(
  body: Buffer,
  { schema }: ToolRanges,
): Readonly<Record<string, unknown>> | null | undefined {
  if (schema === null) return null;
  try {
    const value = parseExact(body.toString('utf8', schema.start, schema.end));
    return value === null || isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON inside a string, such as a raw line break: left to the server.
    return undefined;
  }
}

/** A merged schema has optional properties, which vendors reject in strict tools. */
function replaceSchema(
  { schema, strict, insertAt }: ToolRanges,
  fitted: FittedSchema,
  { schemaKey }: ToolLayout,
  patch: BodyPatch,
): void {
  const json = JSON.stringify(fitted.schema);
  if (schema === null) patch.replace(insertAt, insertAt, `${JSON.stringify(schemaKey)}:${json},`);
  else patch.replace(schema.start, schema.end, json);
  if (strict !== null && fitted.loosened.length > 0) patch.replace(strict.start, strict.end, 'false');
}

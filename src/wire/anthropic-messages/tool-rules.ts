import type { CallIdRules } from '../chat/calls/call-ids.ts';
import type { ToolRules } from '../chat/tools/patch-tools.ts';
import type { SchemaRules } from '../chat/tools/tool-schema.ts';

/**
 * What the API requires of tools' schemas: "input_schema does not support oneOf, allOf, or anyOf at the top level",
 * "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'" (decocms/studio#6874).
 */
export const SCHEMA_RULES: SchemaRules = {
  refusedAtTop: ['oneOf', 'anyOf', 'allOf'],
  needsProperties: false,
  keyLength: 64,
};

/** "messages.….tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'". */
export const CALL_ID_RULES: CallIdRules = { maxLength: null };

/** The client's own tools have a schema; those of the vendor have other types. */
export const TOOL_RULES: ToolRules = {
  layout: { holder: null, schemaKey: 'input_schema', type: 'custom' },
  rules: SCHEMA_RULES,
};

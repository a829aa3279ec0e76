import type { Effort, ModelRules } from '../../protocol/model-rules.ts';
import { fields, flag, positive } from '../../util/json-fields.ts';

const ALL_EFFORTS: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** The models of 2025: every parameter, thinking within a budget that is off unless asked for. */
const CLASSIC: ModelRules = {
  sampling: true,
  manualThinking: true,
  adaptiveThinking: false,
  withoutThinking: 'always',
  efforts: [],
  forcedToolChoice: true,
  jsonSchema: true,
  prefill: true,
  systemTurns: false,
  documents: true,
  maxOutputTokens: 64_000,
};

/** Any Claude that no row names is taken for a current one, the way Claude Code does it (wire-formats 2.9, 3.1). */
const CURRENT: ModelRules = {
  ...CLASSIC,
  sampling: false,
  adaptiveThinking: true,
  withoutThinking: 'below-xhigh',
  efforts: ALL_EFFORTS,
  prefill: false,
  maxOutputTokens: null,
};

const FOUR_SIX: Partial<ModelRules> = {
  sampling: true,
  withoutThinking: 'always',
  efforts: ['low', 'medium', 'high', 'max'],
};
const FIVE: Partial<ModelRules> = { systemTurns: true, manualThinking: false, withoutThinking: 'never' };

/**
 * What differs from `CLASSIC` (up to 4.5) or `CURRENT` (from 4.6), by a name that stands in the model's id. The table of
 * wire-formats 3.1; efforts: platform.claude.com/docs/en/build-with-claude/effort; no prefill from 4.6 on: the vendor's
 * migration guide; system turns between the others from Opus 4.8 on, but not Sonnet 5: docs, mid-conversation system
 * messages. What the vendor's own list says of a model goes over it.
 */
const TABLE: readonly (readonly [name: string, base: ModelRules, rules: Partial<ModelRules>])[] = [
  ['(?:instant.*|[12])', CLASSIC, { manualThinking: false, jsonSchema: false, maxOutputTokens: 4096 }],
  ['3-7-sonnet', CLASSIC, { jsonSchema: false }],
  ['3-5-(?:sonnet|haiku)', CLASSIC, { manualThinking: false, jsonSchema: false, maxOutputTokens: 8192 }],
  ['3-(?:opus|sonnet|haiku)', CLASSIC, { manualThinking: false, jsonSchema: false, maxOutputTokens: 4096 }],
  ['opus-4(?:-0)?', CLASSIC, { jsonSchema: false, maxOutputTokens: 32_000 }],
  ['sonnet-4(?:-0)?', CLASSIC, { jsonSchema: false }],
  ['opus-4-1', CLASSIC, { maxOutputTokens: 32_000 }],
  ['(?:sonnet|haiku)-4-5', CLASSIC, {}],
  ['opus-4-5', CLASSIC, { efforts: ['low', 'medium', 'high'] }],
  ['(?:sonnet|opus)-4-6', CURRENT, { ...FOUR_SIX, maxOutputTokens: 128_000 }],
  ['(?:opus-4-7|sonnet-5)', CURRENT, { withoutThinking: 'always', maxOutputTokens: 128_000 }],
  ['opus-4-8', CURRENT, { withoutThinking: 'always', systemTurns: true, maxOutputTokens: 128_000 }],
  ['opus-5', CURRENT, { systemTurns: true, maxOutputTokens: 128_000 }],
  ['fable-5', CURRENT, { ...FIVE, maxOutputTokens: 128_000 }],
  ['haiku-5-5', CURRENT, { ...FIVE, withoutThinking: 'below-xhigh', maxOutputTokens: 128_000 }],
  ['(?:fable-5-[12]|opus-5-5)', CURRENT, { ...FIVE, forcedToolChoice: false, maxOutputTokens: 128_000 }],
  [
    'sonnet-5-5',
    CURRENT,
    { ...FIVE, withoutThinking: 'between-tools', forcedToolChoice: false, maxOutputTokens: 128_000 },
  ],
];

/** A name ends where no further version number follows: `opus-4` is neither `opus-4-1` nor `opus-40`, but dated ones. */
const ROWS = TABLE.map(([name, base, rules]) => ({
  pattern: new RegExp(`claude-${name}(?!\\d|-\\d{1,2}(?!\\d))`),
  rules: Object.freeze({ ...base, ...rules }),
}));

/** What is known of a Claude by its id alone; null when the id names no Claude. */
export function claudeRules(modelId: string): ModelRules | null {
  if (!modelId.includes('claude-')) return null;
  return ROWS.find(({ pattern }) => pattern.test(modelId))?.rules ?? CURRENT;
}

/**
 * The same, overlaid by what the vendor's list tells of the model (wire-formats 1.10). It says nothing of sampling, forced
 * tool choice, prefill and system turns, and leaves everything open on old servers.
 */
export function listedRules(modelId: string, entry: Readonly<Record<string, unknown>>): ModelRules | null {
  const table = claudeRules(modelId);
  if (table === null) return null;
  const capabilities = fields(entry.capabilities);
  const { types } = fields(capabilities.thinking);
  return {
    ...table,
    manualThinking: supports(types, 'enabled') ?? table.manualThinking,
    adaptiveThinking: supports(types, 'adaptive') ?? table.adaptiveThinking,
    withoutThinking: withoutThinking(types, table),
    efforts: efforts(capabilities.effort, table),
    jsonSchema: supports(capabilities, 'structured_outputs') ?? table.jsonSchema,
    documents: supports(capabilities, 'pdf_input') ?? table.documents,
    maxOutputTokens: positive(entry.max_tokens) ?? table.maxOutputTokens,
  };
}

/** The list does not tell up to which effort thinking can be disabled: there the table's word stays. */
function withoutThinking(types: unknown, table: ModelRules): ModelRules['withoutThinking'] {
  const disabled = supports(types, 'disabled');
  if (disabled === null) return table.withoutThinking;
  if (disabled) return table.withoutThinking === 'below-xhigh' ? 'below-xhigh' : 'always';
  return supports(types, 'between_tools') === true ? 'between-tools' : 'never';
}

function efforts(told: unknown, table: ModelRules): readonly Effort[] {
  const supported = flag(fields(told).supported);
  if (supported === null) return table.efforts;
  return supported ? ALL_EFFORTS.filter((effort) => supports(told, effort) === true) : [];
}

function supports(of: unknown, name: string): boolean | null {
  return flag(fields(fields(of)[name]).supported);
}

import type { Effort, ModelRules } from '../../protocol/model-rules.ts';
import { fields, flag, positive } from '../../util/json-fields.ts';

const ALL_EFFORTS: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** The models of 2025: every parameter; thinking with a budget, off by default. */
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

/** The models from 4.6 on. A Claude without a row counts as one of them, as in Claude Code. */
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
 * Differences from `CLASSIC` (up to 4.5) or `CURRENT` (from 4.6), by a name in the model's id. The vendor's model list
 * overrides them (`listedRules`). Sources in platform.claude.com/docs: efforts from build-with-claude/effort; no prefill
 * from 4.6 on from the migration guide; system turns between other turns from Opus 4.8 on, but not for Sonnet 5, from
 * mid-conversation system messages.
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

/** A name must not be followed by a further version number: `opus-4` matches dated ids, not `opus-4-1` or `opus-40`. */
const ROWS = TABLE.map(([name, base, rules]) => ({
  pattern: new RegExp(`claude-${name}(?!\\d|-\\d{1,2}(?!\\d))`),
  rules: Object.freeze({ ...base, ...rules }),
}));

/** The rules of a Claude by its id alone; null when the id is not that of a Claude. */
export function claudeRules(modelId: string): ModelRules | null {
  if (!modelId.includes('claude-')) return null;
  return ROWS.find(({ pattern }) => pattern.test(modelId))?.rules ?? CURRENT;
}

/**
 * The same, overridden by the model's entry in the vendor's list. The list never covers sampling, forced tool choice,
 * prefill and system turns, and on old servers it covers nothing.
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

/** The list does not contain up to which effort thinking can be disabled, so that comes from the table. */
function withoutThinking(types: unknown, table: ModelRules): ModelRules['withoutThinking'] {
  const disabled = supports(types, 'disabled');
  if (disabled === null) return table.withoutThinking;
  if (disabled) return table.withoutThinking === 'below-xhigh' ? 'below-xhigh' : 'always';
  return supports(types, 'between_tools') === true ? 'between-tools' : 'never';
}

function efforts(listed: unknown, table: ModelRules): readonly Effort[] {
  const supported = flag(fields(listed).supported);
  if (supported === null) return table.efforts;
  return supported ? ALL_EFFORTS.filter((effort) => supports(listed, effort) === true) : [];
}

function supports(of: unknown, name: string): boolean | null {
  return flag(fields(fields(of)[name]).supported);
}

import type { Warning } from '../protocol/wire.ts';
import type { AddedField, ScannedRequest, TargetRequest } from './exchange.ts';
import { lastField } from './json/scan.ts';

/** Keys of clients' wires that set a parameter under another name than OpenAI's chat wire. */
const CLIENT_NAMES: Readonly<Record<string, readonly string[]>> = {
  stop: ['stop_sequences'],
  user: ['metadata', 'safety_identifier'],
  reasoning_effort: ['thinking', 'output_config', 'think', 'reasoning'],
  response_format: ['output_config', 'output_format', 'format', 'text'],
  max_tokens: ['max_completion_tokens', 'max_output_tokens'],
  max_completion_tokens: ['max_tokens', 'max_output_tokens'],
  parallel_tool_calls: ['tool_choice'],
};

/** A target's defaults as they apply to one request, before it is translated. */
export interface TranslatedDefaults {
  /** Without those that the target has refused. */
  readonly params: TargetRequest['params'];
  /** Those that the request gets. */
  readonly added: readonly AddedField[];
  /** One for each default that is left out. */
  readonly warnings: readonly Warning[];
}

/** Splits the defaults of a target: a translation no longer shows which values are the client's. */
export function translatedDefaults(
  { fields }: ScannedRequest,
  { params, withheld = [] }: TargetRequest,
): TranslatedDefaults {
  const names = Object.keys(params);
  if (names.length === 0) return { params, added: [], warnings: [] };
  const isSent = (name: string): boolean =>
    [name, ...(CLIENT_NAMES[name] ?? [])].some((key) => lastField(fields, key) !== null);
  const applied = names.filter((name) => !isSent(name));
  const refused = applied.filter((name) => withheld.includes(name));
  return {
    params: Object.fromEntries(Object.entries(params).filter(([name]) => !refused.includes(name))),
    added: applied.filter((name) => !refused.includes(name)).map((name) => ({ name })),
    warnings: refused.map((detail) => ({ code: 'parameter_dropped', detail })),
  };
}

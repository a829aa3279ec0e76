import { invalidField } from '../../fields/field-error.ts';
import type { WarningList } from '../../warning-list.ts';

/**
 * What a server does with `tool_choice`. `modes`: it understands `none`, `auto` and `required`, and treats an object as
 * `auto`. `ignored`: it does as with `auto`, whatever it gets.
 */
export type ToolChoiceSupport = 'full' | 'modes' | 'ignored';

/** What a client allows the model to call. */
export interface ToolChoiceWish {
  readonly mode: 'none' | 'auto' | 'required';
  /** The names of the tools that may be called; null: all. */
  readonly names: ReadonlySet<string> | null;
}

/** How a wish is sent to a server that does not understand it. */
export interface FittedToolChoice {
  readonly mode: ToolChoiceWish['mode'];
  /** The names of the tools to send; null: all. */
  readonly kept: ReadonlySet<string> | null;
}

const NO_TOOLS: ReadonlySet<string> = new Set();

/**
 * Fits a wish to the server: the tools that must not be called are not sent, which it cannot ignore. Null if the server
 * understands the wish. What cannot be enforced, and a list of tools that is cut, are warnings. Throws `invalid_body` if
 * none of the wanted tools is among `offered`, as OpenAI and vLLM do: the server would answer without a call.
 */
export function fitToolChoice(
  { mode, names }: ToolChoiceWish,
  offered: readonly string[],
  support: ToolChoiceSupport,
  warnings: WarningList,
): FittedToolChoice | null {
  const isUnderstood = support === 'full' || (names === null && (support === 'modes' || mode === 'auto'));
  if (isUnderstood) return null;
  if (names !== null && !offered.some((name) => names.has(name))) {
    throw invalidField('tool_choice', "a mode, or a choice among the names in 'tools'");
  }
  if (mode === 'none') {
    warnings.dropped('tools');
    return { mode, kept: NO_TOOLS };
  }
  if (support === 'ignored' && mode === 'required') warnings.changed('tool_choice (cannot be forced)');
  else warnings.changed(`tool_choice (sent as ${mode} with the allowed tools alone)`);
  return { mode, kept: names };
}

/**
 * How a server of OpenAI's wire differs from OpenAI itself for a client of that wire, as data of its type: the request
 * goes through with these edits, the reply through the guard. What is not said is as OpenAI has it. (What a translated
 * request must heed is in `OpenAiTraits`.)
 */
export interface OpenAiQuirks {
  /** The ids of its replies repeat, so that each gets one of ours (wire case 28). */
  readonly idsRepeat?: true;
  /** It gives one choice, whatever `n` says: more are refused here, or another target gives them (wire case 162). */
  readonly oneChoice?: true;
  /** Its chat templates do not know the role `developer`: such messages go out as `system` (wire case 83). */
  readonly noDeveloperRole?: true;
  /** Keys of messages that it refuses: left out, with a warning (wire case 146). */
  readonly refusedMessageKeys?: readonly string[];
  /** Top-level fields of which it takes only these values; another is left out, with a warning (wire case 97). */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Fields of which it takes one: the first that was sent stays (wire case 165). */
  readonly exclusive?: readonly (readonly string[])[];
}

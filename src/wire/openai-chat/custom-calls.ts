/**
 * A custom tool answers in free text, for which other wires and the neutral vocabulary have no word: it becomes the
 * member `input` of a function call's arguments.
 */
export const customArguments = {
  /** The arguments of a whole call. */
  whole: (input: string): string => JSON.stringify({ input }),
  /** A piece of the arguments' JSON text, for a piece of the text. */
  piece: (text: string, isFirst: boolean): string =>
    (isFirst ? '{"input":"' : '') + JSON.stringify(text).slice(1, -1),
  /** Ends the arguments' JSON text. */
  end: (isEmpty: boolean): string => (isEmpty ? '{"input":""}' : '"}'),
};

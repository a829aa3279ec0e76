import type { CommandPorts } from '../ports.ts';
import { colorsFor, type Colors } from './colors.ts';
import { printable, printableReply } from './printable.ts';
import { table, type Column } from './table.ts';
import { wrap } from './wrap.ts';

/** What the options say about the output. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** false: `--no-color`. */
  readonly color: boolean;
}

/** Prints results to standard output, for people or as JSON, and notes to standard error. */
export class Output {
  readonly json: boolean;
  readonly colors: Colors;
  /** The columns of the terminal; null: lines have any length. */
  readonly width: number | null;
  readonly #quiet: boolean;
  readonly #ports: Pick<CommandPorts, 'print' | 'note'>;

  constructor(
    options: OutputOptions,
    ports: Pick<CommandPorts, 'print' | 'note' | 'terminal' | 'variables'>,
  ) {
    const { terminal, variables } = ports;
    this.json = options.json;
    this.#quiet = options.quiet;
    this.colors = colorsFor(options.color && terminal.colors && (variables['NO_COLOR'] ?? '') === '');
    this.width = terminal.columns;
    this.#ports = ports;
  }

  /**
   * Prints the result: with `--json` the value, else the lines that `lines` makes of a copy of it whose texts cannot
   * control the terminal.
   */
  result<T>(value: T, lines: (value: T) => readonly string[]): void {
    if (this.json) this.#ports.print(JSON.stringify(value, null, 2));
    else for (const line of lines(printableReply(value))) this.#ports.print(line);
  }

  /** Prints one of many results, as it comes: with `--json` on one line. */
  item<T>(value: T, lines: (value: T) => readonly string[]): void {
    if (this.json) this.#ports.print(JSON.stringify(value));
    else for (const line of lines(printableReply(value))) this.#ports.print(line);
  }

  /** Prints a message to standard error, unless `--quiet`. */
  note(message: string): void {
    if (!this.#quiet) this.#ports.note(printable(message));
  }

  /** The lines of a table that fits the terminal. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
    return table(rows, columns, this);
  }

  /** A text in lines that fit the terminal, each after `indent`. */
  paragraph(text: string, indent = ''): string[] {
    const width = this.width === null ? Infinity : Math.max(this.width - indent.length, 20);
    return wrap(text, width).map((line) => `${indent}${line}`);
  }
}

import type { Read, Readers } from './three-readers.ts';

export interface ThreeReads {
  readonly guard: Read;
  readonly decoder: Read;
  readonly assembler: Read;
}

export function readThreeTimes(readers: Readers, chunks: readonly Buffer[]): ThreeReads {
  return {
    guard: readers.guard(chunks),
    decoder: readers.decoder(chunks),
    assembler: readers.assembler(chunks),
  };
}

const FIELDS = [
  'unreadable',
  'thinking',
  'text',
  'refusal',
  'calls',
  'callIds',
  'signatures',
  'finish',
  'usage',
  'recorded',
] as const;

type Field = 'end' | (typeof FIELDS)[number];

const valuesOf = ({ guard, decoder, assembler }: ThreeReads, field: Field): string[] =>
  [guard, decoder, assembler].map((read) => JSON.stringify(read[field]));

/**
 * The fields in which the reads differ, and `unreadable` where no client could read the answer. Answers that are not
 * complete are compared by their end alone; call ids only where the upstream's were unique.
 */
export function disagreements(reads: ThreeReads, uniqueIds: boolean): Field[] {
  if (new Set(valuesOf(reads, 'end')).size > 1) return ['end'];
  return FIELDS.filter((field) => {
    if (field === 'callIds' && !uniqueIds) return false;
    const values = valuesOf(reads, field);
    return new Set(values).size > 1 || (field === 'unreadable' && values[0] !== 'null');
  });
}

const NOTHING: ReadonlySet<string> = new Set(['null', '""', '[]']);

/** The three reads side by side, without fields that are empty in all of them; `*` marks the given fields. */
export function readTable(reads: ThreeReads, marked: readonly Field[]): string {
  const said = FIELDS.filter((field) => valuesOf(reads, field).some((value) => !NOTHING.has(value)));
  const fields: Field[] = ['end', ...said];
  const rows = fields.map((field) => [
    `${marked.includes(field) ? '*' : ' '} ${field}`,
    ...valuesOf(reads, field),
  ]);
  const table = [['', 'guard', 'decoder', 'assembler'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

import { blocksOf, codeWords, type Block } from './pages.ts';

/** A section of docs/api.md that describes calls, one unless they are alike. */
export interface CallSection {
  /** `GET /api/debug/models`, …, as the heading names them. */
  readonly calls: readonly string[];
  readonly text: string;
}

/** The sections whose headings are calls, in order. */
export function callSections(page: string): CallSection[] {
  const parts = page.split(/^(?=#{1,3} )/m);
  return parts
    .filter((part) => /^### `[A-Z]+ \//.test(part))
    .map((part) => ({ calls: codeWords(part.split('\n', 1)[0] ?? ''), text: part }));
}

/** The cells of the table whose first column has this name, backticks and all; empty when there is none. */
export function tableOf(text: string, firstColumn: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstColumn} |`));
  if (start < 0) return [];
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines.slice(start + 2, length < 0 ? undefined : start + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The names in backticks of a table's first column. */
export function namesOf(rows: readonly (readonly string[])[]): string[] {
  return rows.flatMap(([name = '']) => codeWords(name));
}

/** A reply that the page shows in full. */
export interface ReplyExample {
  readonly call: string;
  readonly status: number;
  readonly value: unknown;
}

/** The replies of a section: blocks `json STATUS`, followed by the call where the section has several. */
export function replyExamples({ calls, text }: CallSection): ReplyExample[] {
  return blocksOf(text).flatMap((block) => {
    const [, status, call] = /^(\d{3})(?: (.+))?$/.exec(block.role) ?? [];
    if (status === undefined) return [];
    return [
      { call: call ?? calls[0] ?? '', status: Number(status), value: JSON.parse(block.text) as unknown },
    ];
  });
}

/** The request bodies of a section: blocks `json request`. */
export function requestExamples({ text }: CallSection): unknown[] {
  return named(text, 'request').map((block) => JSON.parse(block.text) as unknown);
}

/** The blocks of one role. */
export function named(text: string, role: string): Block[] {
  return blocksOf(text).filter((block) => block.role === role);
}

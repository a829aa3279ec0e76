import { formatPath } from '../../config/faults.ts';
import type { Json } from '../../config/files/json.ts';
import type { Taken } from '../../config/migrate/conversion.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { cutEnd } from '../output/shorten-text.ts';
import type { DiffLine } from './diff-lines.ts';
import type { Plan } from './plan.ts';
import type { Source } from './read-sources.ts';

/** Width of a value in a conflict, in characters. */
const VALUE_WIDTH = 60;

/** A plan for people: each older file, the conflicts, and the difference. */
export function planLines(plan: Plan, choice: { readonly overwrite: boolean }, out: Output): string[] {
  return [
    ...plan.sources.flatMap((source) => [...sourceLines(source, out), '']),
    ...replacedLines(plan, out),
    ...conflictLines(plan, choice.overwrite, out),
    ...diffSection(plan, out),
  ];
}

function sourceLines({ file, shape, conversion, advice }: Source, out: Output): string[] {
  const { title, warning, accent } = out.colors;
  const { taken, left, keys } = conversion;
  const item = (from: string, text: string): string[] => hanging(`${from}: ${text}`, out, '    ');
  return [
    title(printable(`${file} (${shape})`)),
    ...(advice === null ? [] : hanging(advice, out)),
    ...taken.flatMap((each) => hanging(takenText(each), out)),
    ...(left.length === 0 ? [] : ['  ' + warning('not taken over:')]),
    ...left.flatMap(({ from, reason }) => item(from, reason)),
    ...(keys.length === 0 ? [] : ['  ' + accent('keys, which are in no file:')]),
    ...keys.flatMap(({ from, reference, advice: todo }) => item(from, `becomes ${reference}; ${todo}`)),
  ];
}

function takenText({ from, to, note }: Taken): string {
  const target = to === null ? '' : ` becomes ${formatPath(to)}`;
  return `${from}${target}${note === '' ? '' : `${to === null ? ': ' : '; '}${note}`}`;
}

function replacedLines({ replaced }: Plan, out: Output): string[] {
  if (replaced.length === 0) return [];
  return [
    out.colors.title('Values of an earlier file that a later one replaces'),
    ...replaced.flatMap(({ path, by }) => hanging(`${path}: that of ${by}`, out)),
    '',
  ];
}

function conflictLines({ conflicts, file }: Plan, overwrite: boolean, out: Output): string[] {
  if (conflicts.length === 0) return [];
  const outcome = overwrite ? 'the older file wins' : 'the file keeps its values; --overwrite replaces them';
  return [
    ...out.paragraph(printable(`Conflicts with ${file}: ${outcome}`)).map(out.colors.warning),
    ...conflicts.flatMap(({ path, value, existing, from }) =>
      hanging(`${formatPath(path)}: ${shown(existing)} in the file, ${shown(value)} in ${from}`, out),
    ),
    '',
  ];
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'not set' : cutEnd(JSON.stringify(value), VALUE_WIDTH);
}

function diffSection({ diff, file, before, removed }: Plan, out: Output): string[] {
  if (diff.length + removed.length === 0) return [printable(`${file} needs no change`)];
  return [
    out.colors.title(printable(before === null ? `${file} (new)` : `Changes of ${file}`)),
    ...(removed.length === 0 ? [] : [`- ${removed.join(', ')}, which become what is shown below`]),
    ...diff.map((line) => diffLine(line, out)),
  ];
}

function diffLine({ mark, text }: DiffLine, { colors }: Output): string {
  // A tab is a control character.
  const line = printable(`${mark} ${text.replaceAll('\t', '  ')}`).trimEnd();
  return mark === '+' ? colors.good(line) : mark === '-' ? colors.bad(line) : colors.faint(line);
}

/** A paragraph whose further lines are indented by two more. */
function hanging(text: string, out: Output, indent = '  '): string[] {
  return out
    .paragraph(printable(text), `${indent}  `)
    .map((line, index) => (index === 0 ? line.slice(2) : line));
}

import { Command } from 'commander';
import { usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { nearestAdvice } from '../../util/nearest.ts';

/** A part of `GET /api/debug/config?explain=1`: leaves are `{"value","layer"}`. */
interface Tree {
  readonly [key: string]: Tree | Leaf;
}

interface Leaf {
  readonly value: unknown;
  readonly layer: string;
}

interface Row {
  readonly path: string;
  readonly value: string;
  readonly layer: string;
}

/** `laneway config explain [PATH]`: every value of the running gateway, and the layer that it comes from. */
export function configExplainCommand(ports: CommandPorts): Command {
  const command = new Command('explain')
    .description('show every value of a running gateway, and the file, variable or call that it comes from')
    .argument('[path]', 'only this part, such as lanes.coder or nodes')
    .action(async (path: string | undefined) => {
      const { client, out } = openSession(command, ports);
      const whole = await client.get<Tree>('/api/debug/config', { explain: 1 });
      const part = path === undefined ? whole : partAt(whole, path);
      out.result(part, (shown) => explainLines(rowsOf(shown, path ?? ''), out));
    });
  return withExamples(command, 'laneway config explain lanes.coder');
}

/** Throws a `CommandFault` (2) that names similar keys. */
function partAt(whole: Tree, path: string): Tree | Leaf {
  let part: Tree | Leaf = whole;
  let rest = path;
  while (rest !== '') {
    // Ids of models contain dots: the longest key that fits.
    const keys: string[] = isLeaf(part) ? [] : Object.keys(part);
    const fitting = keys.filter((each) => rest === each || rest.startsWith(`${each}.`));
    const key = fitting.reduce<string | null>(
      (best, each) => (best === null || each.length > best.length ? each : best),
      null,
    );
    if (key === null) throw usageFault(`the configuration has no "${path}"${nearestAdvice(rest, keys)}`);
    part = (part as Tree)[key] ?? {};
    rest = rest.slice(key.length + 1);
  }
  return part;
}

function isLeaf(part: Tree | Leaf): part is Leaf {
  const keys = Object.keys(part);
  return keys.length === 2 && 'value' in part && typeof part['layer'] === 'string';
}

function rowsOf(part: Tree | Leaf, path: string): Row[] {
  if (isLeaf(part)) return [{ path, value: JSON.stringify(part.value), layer: part.layer }];
  return Object.entries(part).flatMap(([key, each]) => rowsOf(each, path === '' ? key : `${path}.${key}`));
}

function explainLines(rows: readonly Row[], out: Output): string[] {
  if (rows.length === 0) return ['nothing is set here'];
  return out.table(rows, [
    { title: 'KEY', text: ({ path }) => path, cut: 'middle', minWidth: 34 },
    { title: 'VALUE', text: ({ value }) => value, cut: 'end' },
    {
      title: 'FROM',
      text: ({ layer }) => layer,
      cut: 'middle',
      color: (text, { layer }) => (layer === 'default' ? out.colors.faint(text) : text),
    },
  ]);
}

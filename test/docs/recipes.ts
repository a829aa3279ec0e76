import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { blocksOf, type Block } from './pages.ts';

/** One recipe of CONTRIBUTING.md: what it writes and changes, in order, and the commands that prove it. */
export interface Recipe {
  readonly name: string;
  readonly steps: readonly Block[];
  readonly commands: readonly string[];
}

/** The recipes of a page. */
export function recipesOf(page: string): Recipe[] {
  return page
    .split(/^## Recipe: /m)
    .slice(1)
    .map((text) => {
      const blocks = blocksOf(text.split(/^## /m)[0] ?? '');
      const proofs = blocks.filter(({ role }) => role === 'recipe');
      return {
        name: text.split('\n')[0] ?? '',
        steps: blocks.filter(({ role }) => role.includes('/')),
        commands: proofs.flatMap((block) => block.text.trim().split('\n')),
      };
    });
}

/**
 * Does one step in a copy of the repository. Throws an `Error` that says what does not fit: a new file that is there
 * already, or lines to change that the file does not hold exactly once.
 */
export function applyStep({ language, role, text, line }: Block, root: string): void {
  const path = join(root, role);
  const where = `line ${line} of the recipe, ${role}`;
  if (language !== 'diff') {
    if (existsSync(path)) throw new Error(`${where}: is there already`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  const lines = text.replace(/\n$/, '').split('\n');
  const side = (drop: string): string =>
    lines
      .filter((each) => !each.startsWith(drop))
      .map((each) => each.slice(1))
      .join('\n');
  const [before, after] = [side('+'), side('-')];
  const parts = readFileSync(path, 'utf8').split(before);
  if (parts.length !== 2) throw new Error(`${where}: holds this ${parts.length - 1} times:\n${before}`);
  writeFileSync(path, parts.join(after));
}

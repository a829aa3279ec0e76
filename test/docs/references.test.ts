import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import { blocksOf, codeWords, PAGES, proseOf, read, ROOT } from './pages.ts';

const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
  optionalDependencies: Record<string, string>;
};

/** Made by the user or by the gateway. */
const NOT_IN_GIT = [
  'config/user_models.json',
  'user_models.json',
  'config/models.yaml',
  'models.yaml',
  'data/laneway.db',
  'laneway.db',
  'data/lock.db',
  'lock.db',
];

test.each(PAGES)('%s: every relative link leads somewhere, to the heading too', (page) => {
  for (const [, target = ''] of proseOf(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, file)), target).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(read(file)), target).toContain(anchor);
  }
});

test.each(PAGES)('%s: every script that it names is in package.json', (page) => {
  for (const [, run, word = ''] of read(page).matchAll(/\bnpm (run (?:-s )?)?([a-z][a-z:]*)/g)) {
    const isScript = run !== undefined || ['start', 'test'].includes(word);
    if (isScript) expect(Object.keys(manifest.scripts), `npm ${run ?? ''}${word}`).toContain(word);
  }
});

// Decisions are records of their day, and quote the files of others.
test.each(PAGES.filter((page) => !page.includes('decisions')))(
  '%s: every file that it names is there',
  (page) => {
    // A recipe makes files of its own.
    const made = blocksOf(read(page)).map(({ role }) => role);
    for (const word of codeWords(read(page))) {
      if (
        !/^[\w.*-]+(\/[\w.*-]+)*\.(ts|mjs|json|sql|db|md|yaml|example)$/.test(word) ||
        [...NOT_IN_GIT, ...made].includes(word)
      )
        continue;
      // A name alone stands for a file of the page's own folder, or of src; a path may begin below src.
      const found = word.includes('/')
        ? existsSync(join(ROOT, word)) || existsSync(join(ROOT, 'src', word))
        : existsSync(join(ROOT, dirname(page), word)) ||
          existsSync(join(ROOT, 'config', word)) ||
          SOURCES.has(word);
      expect(found, word).toBe(true);
    }
  },
);

test('every folder and file of tests that CONTRIBUTING.md runs is there, or made by it', () => {
  const page = read('CONTRIBUTING.md');
  const commands = page.split('\n').filter((line) => /^npm test -- /.test(line));
  const paths = commands.flatMap((line) => line.split(' ').filter((word) => word.startsWith('test/')));
  expect(paths.length).toBeGreaterThan(8);
  for (const path of paths) expect(existsSync(join(ROOT, path)), path).toBe(true);
});

test('the README names the versions of package.json', () => {
  const versions = new Set(Object.values(manifest.optionalDependencies));
  expect(
    [...versions].map((version) => `Node ${version}`).filter((words) => !read('README.md').includes(words)),
  ).toEqual([]);
  expect(read('README.md')).toContain(`must be ${manifest.engines.node.replace('>=', '')} or newer`);
});

test('the README stays short enough to read', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(270);
});

const SOURCES: ReadonlySet<string> = new Set(
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((path) => basename(path)),
);

/** The anchors that GitHub makes of headings. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

import { codeWords, PAGES, proseOf, read, ROOT } from './pages.ts';

const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
};
const runtime = JSON.parse(read('src/package.json')) as { optionalDependencies: Record<string, string> };

/** Created by the user, in some cases for another program, or by the gateway. */
const NOT_IN_GIT = [
  'config/user_models.json',
  'user_models.json',
  'config/models.yaml',
  'models.yaml',
  'data/laneway.db',
  'laneway.db',
  'data/lock.db',
  'lock.db',
  'bench/results/',
  'opencode.json',
  'keys.json',
  'api_keys.json',
  'old/models.json',
  'old/user_models.json',
  'old/night.json',
  'new-key.txt',
];

test.each(PAGES)('%s: every relative link resolves, including its heading', (page) => {
  for (const [, target = ''] of proseOf(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, file)), target).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(read(file)), target).toContain(anchor);
  }
});

test.each(PAGES)('%s: every npm script that it names is in package.json', (page) => {
  for (const [, run, word = ''] of read(page).matchAll(/\bnpm (run (?:-s )?)?([a-z][a-z:]*)/g)) {
    const isScript = run !== undefined || ['start', 'test'].includes(word);
    if (isScript) expect(Object.keys(manifest.scripts), `npm ${run ?? ''}${word}`).toContain(word);
  }
});

// Decisions are records of their day, and quote files of others.
test.each(PAGES.filter((page) => !page.includes('decisions')))(
  '%s: every file and folder that it names exists',
  (page) => {
    for (const word of codeWords(read(page))) {
      // `NAME` is a placeholder.
      if (NOT_IN_GIT.includes(word) || word.includes('NAME')) continue;
      const isFile = /^[\w.*-]+(\/[\w.*-]+)*\.(ts|mjs|json|sql|db|md|yaml|example)$/.test(word);
      const isFolder = /^(src|test|docs|bench|scripts|migrations)\/[\w./-]*$/.test(word);
      if (isFile || isFolder) expect(isThere(word, dirname(page)), word).toBe(true);
    }
  },
);

/** A path may be shortened to its end if it is a source file, or be in the page's own folder or in `config`. */
function isThere(word: string, folder: string): boolean {
  return (
    ['', folder, 'config', 'src'].some((base) => existsSync(join(ROOT, base, word))) ||
    SOURCES.some((path) => path.endsWith(`/${word}`))
  );
}

test('the README names the versions of package.json', () => {
  const versions = new Set(Object.values(runtime.optionalDependencies));
  expect(
    [...versions].map((version) => `Node ${version}`).filter((words) => !read('README.md').includes(words)),
  ).toEqual([]);
  expect(read('README.md')).toContain(`must be ${manifest.engines.node.replace('>=', '')} or newer`);
});

test('the README stays short enough to read', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(270);
});

/** Documents that are not in the repository, as they used to be cited. */
const FOREIGN_DOCUMENTS: readonly RegExp[] = [
  /\bDESIGN\b/,
  /\bAPI(?:\.md)? sections?\b/,
  /\breliability(?:\.md)? (?:sections? )?[A-Z]?\d/,
  /\b(?:wire-formats|hot-path|local-engines)\b(?!\.ts)/,
  /\b(?:house|codebases)\.md\b/,
  /\bclients\.md (?:section )?\d/,
  /(?<!src\/)\bengines\/README\b/,
  /(?<![\w/-])reference\/[a-z]/,
];

test.each(['src', 'test', 'bench', 'scripts', 'docs'])(
  'nothing in %s cites a document that is not in the repository',
  (folder) => {
    const cited = textsIn(folder).flatMap((path) => citationsIn(path));
    expect(cited).toEqual([]);
  },
);

test('no page at the top cites a document that is not in the repository', () => {
  expect(PAGES.filter((page) => !page.includes('/')).flatMap((page) => citationsIn(page))).toEqual([]);
});

function citationsIn(path: string): string[] {
  return read(path)
    .split('\n')
    .flatMap((line, index) =>
      FOREIGN_DOCUMENTS.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1} ${line.trim()}`] : [],
    );
}

test('every wire case that src and test cite is in docs/wire-cases.md', () => {
  const known = new Set(
    [...read('docs/wire-cases.md').matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number)),
  );
  const unknown = ['src', 'test'].flatMap((folder) =>
    textsIn(folder).flatMap((path) =>
      casesIn(read(path))
        .filter((number) => !known.has(number))
        .map((number) => `${path}: case ${number}`),
    ),
  );
  expect(unknown).toEqual([]);
});

/** The numbers after `case` or `cases`; a `case 404:` of a switch is none. */
function casesIn(text: string): number[] {
  const prose = text.replaceAll(/^\s*case \d+:/gm, '');
  const lists = [...prose.matchAll(/\bcases? (\d+(?:(?:, | and | to )\d+)*)/g)];
  return lists.flatMap(([, list = '']) => list.split(/, | and | to /).map(Number));
}

/** Texts below a folder that people write, but for this file. */
function textsIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs|md|sh|py)$/.test(path))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path !== relative(ROOT, import.meta.filename).replaceAll('\\', '/'));
}

const SOURCES: readonly string[] = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map(
  (path) => `/${path.replaceAll('\\', '/')}`,
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

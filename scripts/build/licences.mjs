// dist/third-party-licences.txt: the licences of the libraries that the bundle contains.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes the file with the rest of the bundle. */
export const licences = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds);
    const folders = new Set(modules.map(packageOf).filter((folder) => folder !== null));
    const texts = [...new Set([...folders].map(licenceOf))].toSorted();
    const source = `Laneway contains these libraries, each under its own licence.\n${texts.join('')}`;
    this.emitFile({ type: 'asset', fileName: 'third-party-licences.txt', source });
  },
};

/** The folder of the package that a module belongs to; null for one of Laneway's own. */
function packageOf(id) {
  if (!id.includes('node_modules')) return null;
  let folder = dirname(id);
  // Some packages have a manifest without a name in a folder, which only sets the kind of its modules.
  while (manifestOf(folder)?.version === undefined) folder = dirname(folder);
  return folder;
}

function manifestOf(folder) {
  const path = join(folder, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function licenceOf(folder) {
  const { name, version, license } = manifestOf(folder);
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const text = texts.length === 0 ? 'The package contains no text of its licence.' : texts.join('\n\n');
  return `\n${'-'.repeat(78)}\n${name} ${version} (${license ?? 'no licence named'})\n\n${text}\n`;
}

/**
 * The page with the text between its lines `<!-- NAME: … -->` and `<!-- end of NAME -->` replaced. Throws when it lacks
 * them.
 */
export function putBetween(page: string, name: string, text: string): string {
  const lines = page.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`<!-- ${name}:`));
  const end = lines.indexOf(`<!-- end of ${name} -->`);
  if (begin < 0 || end < begin) throw new Error(`the page has no place for "${name}"`);
  return [...lines.slice(0, begin + 1), '', text, '', ...lines.slice(end)].join('\n');
}

/**
 * Compares a real reply with the one that a page shows. Pages shorten: fields may be missing, lists may be cut, text
 * may end in `…`. Returns one sentence for each difference.
 */
export function differences(
  shown: { readonly language: string; readonly text: string },
  real: string,
): string[] {
  if (shown.language === 'http') return inReply(shown.text, real);
  if (shown.language === 'json') return inJson(JSON.parse(shown.text), JSON.parse(real), 'the body');
  return inText(shown.text, real);
}

function inReply(shown: string, real: string): string[] {
  const [shownHead, shownBody] = parts(shown.trim(), '\n\n');
  const [realHead, realBody] = parts(real, '\r\n\r\n');
  const had = realHead.split('\r\n').map(lowerName);
  const missing = shownHead.split('\n').filter((line) => !had.includes(lowerName(line)));
  return [
    ...missing.map((line) => `no header "${line}" in:\n${realHead}`),
    ...(shownBody === '' ? [] : inJson(JSON.parse(shownBody), JSON.parse(realBody), 'the body')),
  ];
}

function parts(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)];
}

function lowerName(header: string): string {
  return header.replace(/^[^:]+/, (name) => name.toLowerCase());
}

function inJson(shown: unknown, real: unknown, at: string): string[] {
  if (typeof shown === 'string' && shown.endsWith('…')) {
    const fits = typeof real === 'string' && real.startsWith(shown.slice(0, -1));
    return fits ? [] : [`${at}: ${JSON.stringify(real)} does not begin with ${JSON.stringify(shown)}`];
  }
  if (typeof shown === 'object' && shown !== null && typeof real === 'object' && real !== null) {
    return Object.entries(shown).flatMap(([key, value]) =>
      inJson(value, (real as Record<string, unknown>)[key], `${at}.${key}`),
    );
  }
  return Object.is(shown, real) ? [] : [`${at}: ${JSON.stringify(real)} instead of ${JSON.stringify(shown)}`];
}

function inText(shown: string, real: string): string[] {
  const had = real.trim().split(/\r?\n/);
  return shown
    .trim()
    .split('\n')
    .filter((line, index) => {
      const found = had[index] ?? '';
      return line.endsWith('…') ? !found.startsWith(line.slice(0, -1)) : found !== line;
    })
    .map((line) => `not "${line}" in:\n${real}`);
}

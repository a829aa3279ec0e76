/** Only this many characters are compared: names come from callers, who must not control the running time. */
const MAX_LENGTH = 128;

/**
 * The candidates most similar to `word`, nearest first, at most `limit`. Case is ignored; matches are a few wrong
 * letters, a prefix or a part of the name, also after its first slash: `gpt-4o-mni` finds `openai/gpt-4o-mini`.
 */
export function nearest(word: string, candidates: Iterable<string>, limit: number): string[] {
  const wanted = word.slice(0, MAX_LENGTH).toLowerCase();
  if (wanted === '') return [];
  const found: { readonly candidate: string; readonly rank: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const rank = rankOf(wanted, candidate.slice(0, MAX_LENGTH).toLowerCase());
    if (rank !== null) found.push({ candidate, rank });
  }
  found.sort((a, b) => (a.rank === b.rank ? compare(a.candidate, b.candidate) : a.rank - b.rank));
  return found.slice(0, limit).map(({ candidate }) => candidate);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** The end of a 404 message: `; did you mean "a", "b"?`; empty when nothing is similar. */
export function nearestAdvice(word: string, candidates: Iterable<string>): string {
  return didYouMean(nearest(word, candidates, 3));
}

/** `; did you mean "a", "b"?`, each name once; empty without names. */
export function didYouMean(names: readonly string[]): string {
  const unique = [...new Set(names)].map((name) => `"${name}"`);
  return unique.length > 0 ? `; did you mean ${unique.join(', ')}?` : '';
}

/** Do two names differ in nothing but case? */
export function isSameWord(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** 0: equal; each wrong letter costs 1; null: too different to suggest. */
function rankOf(wanted: string, candidate: string): number | null {
  const tail = candidate.slice(candidate.indexOf('/') + 1);
  const ranks = [rankOfPart(wanted, candidate)];
  // A match after the slash ranks slightly lower, so that the same name without a slash comes first.
  if (tail !== candidate) ranks.push(plus(rankOfPart(wanted, tail), 0.25));
  return ranks.reduce((best, rank) => (best === null || (rank !== null && rank < best) ? rank : best), null);
}

function rankOfPart(wanted: string, part: string): number | null {
  const mistakes = distance(wanted, part, Math.max(1, Math.floor(Math.max(wanted.length, part.length) / 3)));
  const overlap = overlapRank(wanted, part);
  if (mistakes === null) return overlap;
  return overlap === null ? mistakes : Math.min(mistakes, overlap);
}

/** One name contains the other: a prefix ranks before a part; both rank after one or two wrong letters. */
function overlapRank(wanted: string, part: string): number | null {
  const [short, long] = wanted.length <= part.length ? [wanted, part] : [part, wanted];
  const missing = (long.length - short.length) / MAX_LENGTH;
  if (short.length >= 2 && long.startsWith(short)) return 2 + missing;
  if (short.length >= 3 && long.includes(short)) return 3 + missing;
  return null;
}

function plus(rank: number | null, more: number): number | null {
  return rank === null ? null : rank + more;
}

/** Damerau-Levenshtein distance (optimal string alignment); null when greater than `max`. */
export function distance(a: string, b: string, max: number): number | null {
  if (Math.abs(a.length - b.length) > max) return null;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  const total = at(last, b.length);
  return total <= max ? total : null;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

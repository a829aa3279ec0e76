/** Marks system text within a user turn, so that the model does not take it for the user's own words. */
const OPEN_TAG = '<system-reminder>';
const CLOSE_TAG = '</system-reminder>';

/** System text as a part of a user turn. Clients that mark it themselves (Claude Code) are not marked twice. */
export function markSystemText(text: string): string {
  if (text === '' || text.trimStart().startsWith(OPEN_TAG)) return text;
  return `${OPEN_TAG}\n${text}\n${CLOSE_TAG}`;
}

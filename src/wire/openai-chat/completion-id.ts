/** Replies that were given an id of our own. */
let minted = 0;

/**
 * The id of a translated reply, one for all its chunks (wire case 28): the upstream's own in OpenAI's dress, so that
 * both logs can be laid side by side; where it has none, one of the time and a count. `now` in milliseconds since 1970.
 */
export function completionId(upstreamId: string | null, now: number): string {
  const bare = upstreamId?.replace(/^(?:msg_|chatcmpl-)/, '') ?? '';
  if (bare !== '') return `chatcmpl-${bare}`;
  minted += 1;
  return `chatcmpl-${now.toString(36)}-${minted.toString(36)}`;
}

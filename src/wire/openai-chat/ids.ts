/** Number of replies that got a generated id. */
let generated = 0;

/**
 * The id of a translated reply, shared by all its chunks (wire case 28): the upstream's id with OpenAI's prefix, so
 * that the logs of both can be correlated; without one, an id made from the time and a counter. `now` in milliseconds
 * since 1970.
 */
export function completionId(upstreamId: string | null, now: number): string {
  const bare = upstreamId?.replace(/^(?:msg_|chatcmpl-)/, '') ?? '';
  if (bare !== '') return `chatcmpl-${bare}`;
  generated += 1;
  return `chatcmpl-${now.toString(36)}-${generated.toString(36)}`;
}

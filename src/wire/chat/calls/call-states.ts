import type { CallState, ReplyPart } from '../../../protocol/chat.ts';
import type { ChatCodec } from '../../codec.ts';

/** How the client's wire names calls. */
type Naming = Pick<ChatCodec<never>, 'clientCallId'>;

/** The state of a call under the id that the client gets. */
export function callStateOf(id: string, state: string, client: Naming): CallState {
  return { callId: client.clientCallId?.(id) ?? id, state };
}

/** The states of the calls of a reply; an empty object without any, which is the usual case. */
export function callStatesOf(
  parts: readonly ReplyPart[],
  client: Naming,
): { readonly callStates?: readonly CallState[] } {
  let found: CallState[] | null = null;
  for (const part of parts) {
    if (part.type !== 'tool-call' || part.state === undefined) continue;
    (found ??= []).push(callStateOf(part.id, part.state, client));
  }
  return found === null ? {} : { callStates: found };
}

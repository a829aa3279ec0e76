import type { RequestFacts } from '../protocol/facts.ts';
import type { ChainLink } from './plan.ts';
import type { NodeEntry } from './snapshot.ts';

/**
 * The links with the window that this request gives their models, where its server lets requests set it and it is larger
 * than the known one: that of the list is the one with which the model was loaded last. A smaller one is the server's to
 * enforce, since its count of the prompt is exact.
 */
export function withOwnWindows(
  links: readonly ChainLink[],
  node: NodeEntry | null,
  facts: RequestFacts,
): readonly ChainLink[] {
  return links.some(({ target }) => target.provider.windowParam !== undefined)
    ? links.map((link) => withOwnWindow(link, node, facts))
    : links;
}

function withOwnWindow(link: ChainLink, node: NodeEntry | null, facts: RequestFacts): ChainLink {
  const { target } = link;
  const known = target.capabilities.context_length;
  const own = facts.windowTokens ?? defaultWindow(link, node);
  if (known === undefined || target.provider.windowParam === undefined || !(own > known)) return link;
  return { ...link, target: { ...target, capabilities: { ...target.capabilities, context_length: own } } };
}

/** The window that the defaults of node, requested lane or model set, in tokens, in this order; 0: none. */
function defaultWindow({ target, lane, ownLane }: ChainLink, node: NodeEntry | null): number {
  const name = target.provider.windowParam ?? '';
  const value = node?.params[name] ?? (ownLane ? lane?.params[name] : undefined) ?? target.params[name];
  return typeof value === 'number' ? value : 0;
}

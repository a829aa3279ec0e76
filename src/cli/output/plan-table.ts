import type { PlanTargetReply } from '../client/replies.ts';
import type { Output } from './output.ts';

/** The targets of a plan in the order in which they are tried; the reasons of the others follow in full. */
export function planLines(targets: readonly PlanTargetReply[], out: Output): string[] {
  if (targets.length === 0) return ['no target: nothing can serve this'];
  const { good, warning, bad, faint } = out.colors;
  const rows = targets.map((target, index) => ({ ...target, place: index + 1 }));
  return out.table(rows, [
    { title: '#', text: ({ eligible, place }) => (eligible ? String(place) : '-'), align: 'right' },
    { title: 'TARGET', text: ({ target }) => target, cut: 'middle' },
    {
      title: 'TRIED',
      text: triedText,
      color: (text, { eligible, deferred }) => (!eligible ? bad : deferred ? warning : good)(text),
    },
    { title: 'FROM', text: ({ source }) => source.replaceAll('_', ' '), dropped: 2, color: faint },
    { title: 'SCORE', text: ({ score }) => (score === null ? '' : score.toFixed(2)), dropped: 1 },
    { title: 'REASON', text: ({ reason, code }) => reason ?? code ?? '', cut: 'end', minWidth: 36 },
  ]);
}

function triedText({ eligible, deferred, place }: PlanTargetReply & { readonly place: number }): string {
  if (!eligible) return 'no';
  if (deferred) return 'last';
  return place === 1 ? 'first' : 'then';
}

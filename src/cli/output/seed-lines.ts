import type { CheckedProvider } from '../seed/check-providers.ts';
import { isSetUp, type SeedReport } from '../seed/report.ts';
import { NO_NODE, type SeededType } from '../seed/seed-type.ts';
import type { Output } from './output.ts';

/** Reasons up to this length are whole in the table. */
const WHY_WIDTH = 20;

/** A report of `laneway seed`: providers, types, what was passed over, and what comes next. */
export function seedLines(report: SeedReport, out: Output): string[] {
  const { providers, types, next } = report;
  return [
    ...providerLines(providers, out),
    '',
    ...typeLines(types, out),
    ...detailLines(types, out),
    '',
    ...out.paragraph(summaryOf(report)),
    // Whole lines, to be copied.
    ...next.map((line) => `  ${line}`),
  ];
}

function providerLines(providers: readonly CheckedProvider[], out: Output): string[] {
  if (providers.length === 0) return ['no providers are configured'];
  const { good, faint } = out.colors;
  return out.table(providers, [
    { title: 'PROVIDER', text: ({ id }) => id, cut: 'middle' },
    {
      title: 'RESULT',
      text: ({ usable }) => (usable ? 'usable' : 'skipped'),
      color: (text, { usable }) => (usable ? good : faint)(text),
    },
    {
      title: 'MODELS',
      text: ({ model_count: count }) => (count === null ? '' : String(count)),
      align: 'right',
    },
    { title: 'WHY', text: ({ reason }) => reason ?? '', cut: 'end' },
  ]);
}

function typeLines(types: readonly SeededType[], out: Output): string[] {
  const { good, warning, faint, accent } = out.colors;
  const colors = { set: good, unchanged: faint, kept: warning, skipped: warning };
  return out.table(types, [
    { title: 'TYPE', text: (type) => type.interaction_type },
    {
      title: 'RESULT',
      text: ({ result }) => result,
      color: (text, { result }) => colors[result](text),
    },
    { title: 'MODEL', text: ({ target }) => target ?? '', cut: 'middle', color: accent },
    {
      title: 'TEMP',
      text: ({ temperature }) => (temperature === null ? '' : String(temperature)),
      align: 'right',
      dropped: 1,
    },
    { title: 'WHY', text: ({ why }) => why, cut: 'end', minWidth: WHY_WIDTH },
  ]);
}

/** What a cell of the table has no room for. */
function detailLines(types: readonly SeededType[], out: Output): string[] {
  const texts = types.flatMap(({ interaction_type: name, result, why }) => {
    if (result === 'kept') return [`${name}: ${why}; --force replaces it`];
    return result === 'skipped' && why.length > WHY_WIDTH ? [`${name}: ${why}`] : [];
  });
  const passedOver = Map.groupBy(
    types.flatMap((type) => type.passed_over),
    ({ reason }) => reason,
  );
  for (const [reason, models] of passedOver) {
    const ids = [...new Set(models.map(({ model }) => model))];
    texts.push(`not used: ${ids.join(', ')} (${reason})`);
  }
  const lines = texts.flatMap((text) => out.paragraph(text, '  '));
  return lines.length === 0 ? [] : ['', ...lines];
}

function summaryOf(report: SeedReport): string {
  const { dry_run: dryRun, changed, generation, types } = report;
  if (!isSetUp(report)) return `nothing could be set up: ${remedyOf(report)}:`;
  if (changed.length > 0 && dryRun) return `dry run: nothing was changed; to set ${changed.join(', ')}:`;
  if (changed.length > 0) return `set ${changed.join(', ')} (generation ${generation}); try it with:`;
  const what = types.some(({ result }) => result === 'skipped') ? 'what can be set up is' : 'all types are';
  return `nothing to change: ${what} set up (generation ${generation}); try it with:`;
}

function remedyOf({ providers, types }: SeedReport): string {
  if (types.every(({ why }) => why === NO_NODE)) return 'a profile has the nodes';
  const variables = providers.flatMap(({ missing_variable: name }) => name ?? []);
  const keys = variables.length === 0 ? '' : `set one of ${variables.join(', ')} for the gateway, `;
  return `${keys}start a local server, or give a provider its key`;
}

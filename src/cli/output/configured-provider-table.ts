import { addressText, type ProviderAddress } from './address-text.ts';
import type { Output } from './output.ts';
import { statusColor } from './status-color.ts';

/** A provider of the configuration service. */
export interface ConfiguredProvider extends ProviderAddress {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly source: string;
  readonly key: { readonly set: boolean; readonly from: string | null };
  readonly status: string;
  readonly status_detail: string | null;
  readonly model_count: number | null;
}

/** A table of providers; what is wrong with one follows below the table in full. */
export function configuredLines(providers: readonly ConfiguredProvider[], out: Output): string[] {
  if (providers.length === 0) return ['no providers: add one with laneway providers add'];
  const { faint } = out.colors;
  const rows = out.table(providers, [
    { title: 'PROVIDER', text: ({ id }) => id, cut: 'middle' },
    { title: 'TYPE', text: ({ type }) => type, dropped: 3 },
    {
      title: 'STATUS',
      text: statusText,
      color: (text, { status }) => statusColor(status, out.colors)(text),
    },
    {
      title: 'MODELS',
      text: ({ model_count: count }) => (count === null ? '' : String(count)),
      align: 'right',
    },
    { title: 'KEY', text: keyText, cut: 'end', minWidth: 20, dropped: 2 },
    { title: 'FROM', text: ({ source }) => source, dropped: 4 },
    {
      ...{ title: 'ADDRESS', text: addressText, color: faint },
      // An address of this machine with its port.
      ...{ cut: 'end', minWidth: 22, dropped: 1 },
    },
  ]);
  const details = providers.flatMap(({ id, enabled, status_detail: detail }) =>
    detail === null || !enabled ? [] : out.paragraph(`${id}: ${detail}`, '  '),
  );
  return details.length === 0 ? rows : [...rows, '', ...details];
}

function statusText({ enabled, status }: ConfiguredProvider): string {
  return enabled ? status : 'disabled';
}

function keyText({ key }: ConfiguredProvider): string {
  if (key.from === null) return key.set ? 'set' : '';
  return key.set ? key.from : `${key.from} (not set)`;
}

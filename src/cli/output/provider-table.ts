import type { ProviderHealthReply } from '../client/replies.ts';
import { addressText } from './address-text.ts';
import { durationText } from './durations.ts';
import type { Output } from './output.ts';
import { statusColor } from './status-color.ts';

/** A table of providers with their health; what is wrong with one follows below the table in full. */
export function providerLines(providers: readonly ProviderHealthReply[], out: Output): string[] {
  if (providers.length === 0) return ['no providers: the configuration has none'];
  const { faint } = out.colors;
  const rows = out.table(providers, [
    { title: 'PROVIDER', text: ({ provider }) => provider, cut: 'middle' },
    { title: 'TYPE', text: ({ type }) => type, dropped: 3 },
    {
      title: 'STATUS',
      text: statusText,
      color: (text) => statusColor(text, out.colors)(text),
    },
    { title: 'MODELS', text: ({ models }) => (models === null ? '' : String(models)), align: 'right' },
    {
      title: 'LATENCY',
      text: ({ latency_ms: ms }) => (ms === null ? '' : durationText(ms)),
      align: 'right',
      dropped: 2,
    },
    {
      ...{ title: 'ADDRESS', text: addressText, color: faint },
      // An address of this machine with its port.
      ...{ cut: 'end', minWidth: 22, dropped: 1 },
    },
  ]);
  const problems = providers.flatMap((provider) => {
    const problem = problemOf(provider);
    return problem === null ? [] : out.paragraph(`${provider.provider}: ${problem}`, '  ');
  });
  return problems.length === 0 ? rows : [...rows, '', ...problems];
}

/** In the words of `laneway providers` and of the API. */
function statusText({ reachable, needs_key: key, code, reason }: ProviderHealthReply): string {
  if (reason === 'disabled') return 'disabled';
  if (key !== null || code === 'key_refused') return 'needs_key';
  // A server that is loading a model is reachable.
  if (code !== null && code !== 'loading') return 'unreachable';
  return reachable === true ? 'available' : 'unknown';
}

function problemOf(provider: ProviderHealthReply): string | null {
  if (provider.reason === 'disabled') return null;
  return provider.needs_key ?? provider.reason;
}

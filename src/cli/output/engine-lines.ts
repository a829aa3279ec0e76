import type { EngineModelReply, EngineReply } from '../client/engine-replies.ts';
import { agoText } from './durations.ts';
import type { Output } from './output.ts';
import { memoryText } from './size-text.ts';
import { statusColor } from './status-color.ts';

/** The engines, their models, why loads failed, and files that cannot be used. `now`: ms since 1970. */
export function engineLines(engines: readonly EngineReply[], out: Output, now: number): string[] {
  if (engines.length === 0) return ['no engines: no local provider is enabled (laneway providers)'];
  const models = engines.flatMap((engine) =>
    engine.models.map((model) => ({ ...model, name: `${engine.provider}/${model.model_id}` })),
  );
  const failures = models.flatMap(({ name, error }) =>
    error === null ? [] : out.paragraph(`${name}: ${error}`, '  '),
  );
  const unreadable = engines.flatMap(({ provider, unreadable: files = [] }) =>
    files.flatMap(({ file, error }) => out.paragraph(`${provider}: ${file} cannot be used: ${error}`, '  ')),
  );
  const notes = [...failures, ...unreadable];
  return [
    ...engineTable(engines, out),
    ...(models.length === 0 ? [] : ['', ...modelTable(models, out, now)]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ];
}

function engineTable(engines: readonly EngineReply[], out: Output): string[] {
  const { good, warning, bad } = out.colors;
  return out.table(engines, [
    { title: 'ENGINE', text: ({ provider }) => provider, cut: 'middle' },
    { title: 'TYPE', text: ({ type }) => type, dropped: 2 },
    { title: 'DRIVER', text: ({ driver }) => driver, dropped: 1 },
    {
      title: 'STATE',
      text: ({ state }) => state,
      color: (text, { state }) =>
        (state === 'running' ? good : state === 'unreachable' ? bad : warning)(text),
    },
    {
      title: 'LANEWAY CAN',
      text: ({ verbs }) => (verbs.length === 0 ? 'only look' : verbs.join(', ')),
    },
  ]);
}

type NamedModel = EngineModelReply & { readonly name: string };

function modelTable(models: readonly NamedModel[], out: Output, now: number): string[] {
  return out.table(models, [
    { title: 'MODEL', text: ({ name }) => name, cut: 'middle' },
    {
      title: 'STATE',
      text: ({ state }) => state,
      color: (text, { state }) => statusColor(state, out.colors)(text),
    },
    { title: 'MEMORY', text: bytesText, align: 'right' },
    {
      title: 'CONTEXT',
      text: ({ context_length: tokens }) => (tokens === null ? '' : String(tokens)),
      align: 'right',
      dropped: 3,
    },
    {
      title: 'REQUESTS',
      text: ({ in_flight: requests }) => (requests === 0 ? '' : String(requests)),
      align: 'right',
      dropped: 2,
    },
    {
      title: 'LAST USED',
      text: ({ last_used_at: at }) => (at === null ? '' : agoText(at, now)),
      dropped: 1,
      color: out.colors.faint,
    },
    { title: 'PINNED', text: ({ pinned }) => (pinned ? 'pinned' : ''), dropped: 4 },
  ]);
}

/** What was measured, else what is estimated. */
function bytesText({ footprint_bytes: measured, estimate_bytes: estimate }: EngineModelReply): string {
  if (measured !== null) return memoryText(measured);
  return estimate === null ? '' : `~${memoryText(estimate)}`;
}

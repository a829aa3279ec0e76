import type { RequestReply } from '../client/replies.ts';
import type { Output } from './output.ts';
import { requestLine } from './request-table.ts';
import { memoryText } from './size-text.ts';
import { percentText, phaseText } from './switch-progress.ts';

/** An event of the gateway. */
export interface GatewayEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event in lines for people; `at` is the time of its arrival in ISO 8601. */
export function eventLines({ event, data }: GatewayEvent, at: string, out: Output): string[] {
  if (event === 'request') {
    return (data['requests'] as readonly RequestReply[]).map((request) => requestLine(request, out));
  }
  const text = (TEXTS[event] ?? valuesText)(data);
  const start = `${at.slice(11, 19)} ${event.padEnd(9)} `;
  const [first = '', ...more] = out.paragraph(text, ' '.repeat(start.length));
  return [`${start.trimEnd().padEnd(start.length)}${first.trimStart()}`, ...more];
}

type Data = GatewayEvent['data'];

const TEXTS: Readonly<Record<string, (data: Data) => string>> = {
  switch: (data) => (data['kind'] === 'engine' ? engineSwitchText(data) : assignmentText(data)),
  health: ({ provider, target, code, cause }) => {
    const what = target == null ? word(provider) : word(target);
    if (code == null) return `${what} is usable again`;
    return `${what}: ${word(code)}${cause == null ? '' : `, ${word(cause)}`}`;
  },
  config: ({ generation, changed, actor }) =>
    `generation ${word(generation)} by ${word(actor)}: ${words(changed)}`,
  discovery: ({ provider, added, removed, models }) => {
    const parts = [
      `${word(provider)} lists ${word(models)} models`,
      ...(isEmpty(added) ? [] : [`new: ${words(added)}`]),
      ...(isEmpty(removed) ? [] : [`no longer: ${words(removed)}`]),
    ];
    return parts.join('; ');
  },
  pool: poolText,
};

function assignmentText({ node, user, from, to, actor, reason, state }: Data): string {
  return [
    `${word(node)}: ${word(from)} → ${word(to)} by ${word(actor)}`,
    ...(state === 'done' ? [] : [word(state)]),
    ...(user == null ? [] : [`for ${word(user)}`]),
    ...(reason == null ? [] : [word(reason)]),
  ].join(', ');
}

function engineSwitchText({ pool, state, progress, from, to, reason }: Data): string {
  const place = `pool ${word(pool)}: `;
  const step = {
    state: word(state),
    from: from == null ? null : word(from),
    to: to == null ? null : word(to),
  };
  const [model, change] = step.to === null ? [word(from), 'unloaded'] : [step.to, 'loaded'];
  if (state === 'ready') return `${place}${model} ${change}`;
  if (state === 'failed') return `${place}${model} not ${change}: ${word(reason)}`;
  return `${place}${phaseText(step)}, ${typeof progress === 'number' ? percentText(progress) : ''}`;
}

function poolText({ name, state, free_bytes: free, resident, waiting }: Data): string {
  const models = modelsOf(resident);
  const waited = modelsOf(waiting);
  return [
    `${word(name)} ${word(state)}`,
    ...(typeof free === 'number' ? [`${memoryText(free)} free`] : []),
    `in memory: ${models.length === 0 ? 'nothing' : words(models)}`,
    ...(waited.length === 0 ? [] : [`waited for: ${words(waited)}`]),
  ].join('; ');
}

function modelsOf(entries: unknown): unknown[] {
  return Array.isArray(entries) ? entries.map((entry) => (entry as { readonly model?: unknown }).model) : [];
}

const LISTED = 5;

function words(value: unknown): string {
  if (!Array.isArray(value)) return word(value);
  const shown = value.slice(0, LISTED).map(word).join(', ');
  return value.length > LISTED ? `${shown} and ${value.length - LISTED} more` : shown;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Every value, for events that the command has no words for. */
function valuesText(data: Data): string {
  return Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${word(value)}`)
    .join(' ');
}

function word(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? 'default' : JSON.stringify(value);
}

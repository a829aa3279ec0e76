import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { runPreflight } from '../../execution/preflight/preflight.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Warning } from '../../protocol/wire.ts';
import type { PlanEntry } from '../../routing/plan.ts';
import { resolve } from '../../routing/resolve.ts';
import { snapshotAfter, type Switched } from '../../routing/switch-outlook.ts';
import { openAiSurface } from '../../wire/surfaces/openai.ts';
import { wireOf } from '../../wire/wires.ts';
import type { HttpPorts } from '../ports.ts';
import { loadFirst, type LoadedFirst } from './load-first.ts';
import { PREFLIGHT_REQUESTS } from './requests.ts';

/** The result of a preflight in a reply. */
export const preflightSchema = z.object({
  ok: z.boolean(),
  status: z.int().nullable().describe('Of the upstream; null: it did not answer, or was not asked.'),
  duration_ms: z.int(),
  first_token_ms: z.int().nullable(),
  load_ms: z.int().nullable().describe('What loading the model took; null: nothing had to be loaded.'),
  message: z.string().nullable().describe('Why it failed.'),
});

/** `preflightSchema` as a type. */
export type PreflightView = z.infer<typeof preflightSchema>;

/** A preflight that was asked for, and where its result goes. */
export interface Preflight {
  /** For the reply: absent when none was asked for. */
  readonly shown: { readonly preflight?: PreflightView };
  /** For a switch that is made although it failed. */
  readonly warnings: readonly Warning[];
}

/** The call that makes the switch. */
export interface SwitchCall {
  readonly request: Pick<FastifyRequest, 'id'>;
  readonly reply: Pick<FastifyReply, 'raw'>;
}

/** A switch whose target may be tested first. */
export interface TestedSwitch {
  /** The node or lane as it would be. */
  readonly switched: Switched;
  /** The user whose overrides apply; null: only global ones. */
  readonly user: string | null;
  readonly body: {
    readonly preflight?: boolean | undefined;
    readonly dry_run?: boolean | undefined;
    readonly force?: boolean | undefined;
  };
}

/**
 * Sends one short request to the target of a switch, if its body asks for that; a model that an engine has to load is
 * loaded first. Throws 409 `preflight_failed` with `detail.preflight` when it fails, unless the switch is a dry run or
 * forced; also when the caller has disconnected, so that nothing is switched without its knowledge.
 */
export async function preflight(
  { switched, user, body }: TestedSwitch,
  { request, reply }: SwitchCall,
  ports: HttpPorts,
): Promise<Preflight> {
  // With runtime switching off the switch is refused, whatever the preflight would find.
  const isRefused = body.dry_run !== true && !ports.configuration.current().runtime_switching;
  if (body.preflight !== true || isRefused) return { shown: {}, warnings: [] };
  const left = new AbortController();
  const abort = (): void => {
    left.abort();
  };
  reply.raw.once('close', abort);
  const force = body.force === true && body.dry_run !== true;
  const call = { id: request.id, signal: left.signal, force };
  const { target, view } = await test(switched, user, call, ports);
  reply.raw.off('close', abort);
  const shown = { preflight: view };
  if (view.ok) return { shown, warnings: [] };
  const words = `${target} ${view.message ?? 'did not answer'}`;
  if (body.dry_run === true) return { shown, warnings: [{ code: 'preflight_failed', detail: words }] };
  if (body.force !== true || left.signal.aborted) {
    const change =
      view.load_ms === null ? 'nothing was changed' : 'nothing was switched, the model stays loaded';
    const message = `the preflight failed: ${words}; ${change} ("force": true switches anyway)`;
    throw new GatewayError('preflight_failed', message, { detail: shown });
  }
  return { shown, warnings: [{ code: 'preflight_failed', detail: words }] };
}

async function test(
  switched: Switched,
  user: string | null,
  { id, signal, force }: { readonly id: string; readonly signal: AbortSignal; readonly force: boolean },
  ports: HttpPorts,
): Promise<{ readonly target: string; readonly view: PreflightView }> {
  const { execution, registry, clock } = ports;
  const isNode = switched.kind === 'node';
  const kind = isNode ? switched.node.kind : 'chat';
  const wire = wireOf(PREFLIGHT_REQUESTS[kind].wire);
  const name = isNode ? `node:${switched.node.name}` : `lane:${switched.lane.name}`;
  const body = Buffer.from(JSON.stringify({ model: name, ...PREFLIGHT_REQUESTS[kind].body }));
  const snapshot = snapshotAfter(switched, registry.snapshotFor(user));
  const headers = { node: null, lane: null, hints: [], noFallback: false };
  const { facts } = wire.scan(body);
  const plan = resolve({ facts, headers }, snapshot, execution.health.at(clock.now()));
  const assigned = isNode ? switched.node.assignment.model : (switched.lane.override?.model ?? null);
  const entry = entryOf(plan.entries, assigned);
  if (entry === undefined) return { target: name, view: notAsked('has no target') };
  const target = entry.link.target.id;
  const loaded = entry.eligible ? await loadFirst({ target, force, signal }, ports) : NOTHING_LOADED;
  if (!loaded.ok) return { target, view: notAsked(loaded.message) };
  const result = await runPreflight(
    { ...{ id, wire, body, plan, entry, snapshot, signal }, surface: openAiSurface },
    execution,
  );
  const { ok, status, durationMs: duration_ms, firstTokenMs: first_token_ms, message } = result;
  const load_ms = loaded.loadMs;
  return { target, view: { ok, status, duration_ms, first_token_ms, load_ms, message } };
}

const NOTHING_LOADED: LoadedFirst = { ok: true, loadMs: null };

function notAsked(message: string): PreflightView {
  return { ok: false, status: null, duration_ms: 0, first_token_ms: null, load_ms: null, message };
}

/** The assigned model; of a lane, what answers first now. */
function entryOf(entries: readonly PlanEntry[], assigned: string | null): PlanEntry | undefined {
  return assigned === null ? entries[0] : entries.find(({ link }) => link.target.id === assigned);
}

import type { ResidentModel } from '../../driver.ts';
import { elements, fields, flag, positive, text } from '../../../util/json-fields.ts';

/** One model in a router's list. The rest of an entry has command lines, and is never read. */
export interface RouterEntry {
  readonly id: string;
  /** `unloaded`, `loading`, `loaded`, `sleeping`, `downloading`, or what a newer build invents. */
  readonly value: string;
  /** The last process of the model ended with a code other than 0, also where the unload was asked for. */
  readonly failed: boolean;
  readonly exitCode: number | null;
  /** 0 to 1; null: not reported. */
  readonly progress: number | null;
  /** Window of one slot in tokens, once loaded; null: unknown. */
  readonly contextLength: number | null;
  /** Of its file, on the machine of the router; null: not named. Never shown to anybody. */
  readonly path: string | null;
}

/** The entries of `GET /models`; null if the reply is not a router's list. */
export function readList(body: unknown): readonly RouterEntry[] | null {
  const entries = elements(fields(body)['data'])?.map(fields);
  if (entries === undefined || entries.some((entry) => !('status' in entry))) return null;
  return entries.flatMap((entry) => {
    const id = text(entry['id']);
    const status = fields(entry['status']);
    const value = text(status['value']);
    if (id === null || value === null) return [];
    const code = status['exit_code'];
    const { n_ctx: window } = fields(entry['meta']);
    return [
      {
        id,
        value,
        failed: flag(status['failed']) === true,
        exitCode: typeof code === 'number' ? code : null,
        progress: fractionOf(status['progress']),
        contextLength: positive(window),
        path: pathIn(elements(status['args']) ?? []),
      },
    ];
  });
}

/** What follows `-m` or `--model` in a command line. */
function pathIn(args: readonly unknown[]): string | null {
  const at = args.findLastIndex((each) => each === '-m' || each === '--model');
  return at < 0 ? null : text(args[at + 1]);
}

/** The states in which a model has memory. */
export function isHeld(value: string): boolean {
  return value === 'loaded' || value === 'sleeping' || value === 'loading';
}

/** A model as the pool sees it; null: unloaded. `expected`: Laneway has unloaded it, so that `failed` means nothing. */
export function residentOf(entry: RouterEntry, expected: boolean): ResidentModel | null {
  const { id, value, contextLength } = entry;
  const base = { modelId: id, progress: null, footprintBytes: null, contextLength, error: null };
  if (value === 'loading') return { ...base, state: 'loading', progress: entry.progress };
  if (value === 'loaded' || value === 'sleeping') return { ...base, state: 'loaded' };
  if (!entry.failed || expected) return null;
  const error = `its server ended with exit code ${entry.exitCode ?? 'unknown'}`;
  return { ...base, state: 'failed', error };
}

/**
 * A line of `GET /models/sse`: progress of one model. Builds name the event `model_status` or `status_change`, and
 * some use both (llama.cpp b10434 and b11434), so the name is not looked at.
 */
export function readProgress(
  line: string,
): { readonly modelId: string; readonly fraction: number | null } | null {
  if (!line.startsWith('data:')) return null;
  try {
    const event = fields(JSON.parse(line.slice('data:'.length)));
    const data = fields(event['data']);
    const modelId = text(event['model']);
    if (modelId === null || data['status'] !== 'loading') return null;
    return { modelId, fraction: fractionOf(data['progress']) };
  } catch {
    return null;
  }
}

/** `{"stages": ["text_model", …], "current": "text_model", "value": 0.5}` as one fraction over all stages. */
function fractionOf(progress: unknown): number | null {
  const { stages, current, value } = fields(progress);
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const names = elements(stages) ?? [];
  const before = Math.max(names.indexOf(current), 0);
  return Math.min(Math.max((before + value) / Math.max(names.length, 1), 0), 1);
}

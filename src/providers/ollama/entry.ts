import type { Kind } from '../../protocol/capabilities.ts';
import { elements, fields, gigabytes, known, positive, text } from '../../util/json-fields.ts';
import { kindOfId } from '../../protocol/model-kind.ts';
import type { ListedModel } from '../provider.ts';

/** An unvalidated JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** What `/api/show` adds to the list; null where it is missing. */
export interface Shown {
  /** `completion`, `tools`, `vision`, `embedding`, `thinking` … */
  readonly abilities: readonly unknown[] | null;
  /** Context length of the training, in tokens. */
  readonly trainedContext: number | null;
  readonly parameterCount: number | null;
}

/** Extracts the needed parts of a reply of `/api/show`; the rest, mostly tensors, may be megabytes. */
export function readShown(answer: Fields): Shown {
  const info = fields(answer.model_info);
  const architecture = text(info['general.architecture']) ?? '';
  return {
    abilities: elements(answer.capabilities),
    trainedContext: positive(info[`${architecture}.context_length`]),
    parameterCount: positive(info['general.parameter_count']),
  };
}

/**
 * One model of `/api/tags`, with its description and its entry of `/api/ps`. The context length is the loaded runner's,
 * since a longer prompt is silently truncated; else the trained one, although the server may use a smaller one.
 */
export function readModel(entry: Fields, shown: Shown | null, loaded: Fields | null): ListedModel {
  const id = text(entry.model) ?? text(entry.name) ?? '';
  const details = fields(entry.details);
  const abilities = elements(entry.capabilities) ?? shown?.abilities ?? null;
  const kind = kindOf(id, details, abilities);
  const isChat = (kind ?? 'chat') === 'chat';
  const can = (ability: string): boolean | null =>
    isChat && abilities !== null ? abilities.includes(ability) : null;
  return {
    id,
    name: null,
    kind,
    ...status(entry, loaded),
    capabilities: known({
      context_length:
        positive(loaded?.context_length) ?? shown?.trainedContext ?? positive(details.context_length),
      parameter_count: shown?.parameterCount ?? parameterCount(text(details.parameter_size)),
      quantization: text(details.quantization_level),
      memory_gb_estimate: gigabytes(positive(entry.size)),
      supports_tools: can('tools'),
      supports_vision: can('vision'),
      supports_reasoning: can('thinking'),
      supports_json_schema: isChat ? true : null,
      supports_embeddings: kind === 'embeddings' ? true : null,
    }),
  };
}

/** Models with a `remote_host` or a `remote_model` run in Ollama's cloud: nothing is loaded for them. */
function status(entry: Fields, loaded: Fields | null): Pick<ListedModel, 'status' | 'remote'> {
  if (text(entry.remote_host) !== null || text(entry.remote_model) !== null)
    return { status: 'available', remote: true };
  return { status: loaded === null ? 'unloaded' : 'loaded' };
}

/** Older servers list no capabilities, so the family or the name decides; null: unknown. */
function kindOf(id: string, details: Fields, abilities: readonly unknown[] | null): Kind | null {
  if (abilities !== null) {
    return abilities.includes('embedding') && !abilities.includes('completion') ? 'embeddings' : 'chat';
  }
  return /bert/i.test(text(details.family) ?? '') ? 'embeddings' : kindOfId(id);
}

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** `7.2B`, `134.52M` as a number; null for anything else, such as `8x7B`. */
function parameterCount(size: string | null): number | null {
  const match = /^([\d.]+)([KMBT])$/i.exec(size ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return positive(Math.round(Number(match[1]) * (UNITS[match[2].toUpperCase()] ?? 0)));
}

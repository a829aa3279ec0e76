import type { Kind } from '../../protocol/capabilities.ts';
import { elements, fields, flag, gigabytes, known, positive, text } from '../../util/json-fields.ts';
import { kindOfId } from '../../protocol/model-kind.ts';
import type { ListedModel } from '../provider.ts';

/** An unvalidated JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** WordPiece vocabulary, used only by encoders of the BERT family (`LLAMA_VOCAB_TYPE_WPM` in llama.h). */
const WORD_PIECE = 3;

/**
 * One model of a `llama-server`'s list, with the `/props` of the process that has it loaded; null when it is not loaded
 * or was not queried. `status.args` and `status.preset` contain paths and the command line and are never passed on.
 */
export function readEntry(entry: Fields, props: Fields | null): ListedModel {
  const id = withoutFolder(text(entry.id) ?? '');
  const meta = fields(entry.meta);
  const kind = kindOf(entry, id);
  const chat = kind === null;
  const generation = fields(props?.default_generation_settings);
  const slots = positive(props?.total_slots);
  return {
    id,
    name: null,
    kind,
    status: statusOf(entry, props),
    ...(slots === null || slots < 1 ? null : { slots: Math.floor(slots) }),
    ...pathOf(entry, props),
    capabilities: known({
      // One slot's share of the context: what one request can actually use.
      context_length: positive(meta.n_ctx) ?? positive(generation.n_ctx),
      parameter_count: positive(meta.n_params),
      quantization: text(meta.ftype) ?? text(props?.model_ftype),
      memory_gb_estimate: gigabytes(positive(meta.size)),
      // Without a chat template that supports tools the engine silently ignores them.
      supports_tools: chat ? flag(fields(props?.chat_template_caps).supports_tools) : null,
      supports_vision: chat ? visionOf(entry, props) : null,
      supports_json_schema: chat ? true : null,
      supports_embeddings: kind === 'embeddings' ? true : null,
    }),
  };
}

/** The file name of an id that is a path (wire case 169); a name like `org/model-GGUF:Q4_K_M` is kept. */
function withoutFolder(id: string): string {
  const isPath = /^(?:[.~]{0,2}[/\\]|[a-z]:[/\\])|\\|\.gguf$/i.test(id);
  return isPath ? (id.split(/[/\\]/).at(-1) ?? id) : id;
}

/** The name of the file, as the process that has it loaded reports it, or by the options that it would be started with. */
function pathOf(entry: Fields, props: Fields | null): Pick<ListedModel, 'path'> {
  const options = elements(fields(entry.status).args) ?? [];
  const at = options.findIndex((option) => option === '--model' || option === '-m');
  const path = text(props?.model_path) ?? (at === -1 ? null : text(options[at + 1]));
  return path === null ? {} : { path: path.split(/[/\\]/).at(-1) ?? path };
}

function statusOf(entry: Fields, props: Fields | null): ListedModel['status'] {
  if (!('status' in entry)) return props?.is_sleeping === true ? 'unloaded' : 'loaded';
  const value = fields(entry.status).value;
  return value === 'loaded' || value === 'loading' ? value : 'unloaded';
}

/** The list calls every model a `completion` model, so encoders are recognized by other signs; null: none of them. */
function kindOf(entry: Fields, id: string): Kind | null {
  const options = elements(fields(entry.status).args) ?? [];
  if (options.includes('--reranking') || options.includes('--rerank')) return 'rerank';
  if (options.includes('--embeddings') || options.includes('--embedding')) return 'embeddings';
  return kindOfId(id) ?? (fields(entry.meta).vocab_type === WORD_PIECE ? 'embeddings' : null);
}

/** `/props` is reliable; a router's list guesses for models that are not loaded, so only a yes counts there. */
function visionOf(entry: Fields, props: Fields | null): boolean | null {
  const sure = flag(fields(props?.modalities).vision);
  if (sure !== null) return sure;
  const inputs = elements(fields(entry.architecture).input_modalities);
  return inputs?.includes('image') === true ? true : null;
}

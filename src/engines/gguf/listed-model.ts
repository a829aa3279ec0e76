import type { Capabilities, Kind } from '../../protocol/capabilities.ts';
import { kindOfId } from '../../protocol/model-kind.ts';
import type { ListedModel } from '../../providers/provider.ts';
import { gigabytes, known } from '../../util/json-fields.ts';
import { estimateMemory } from '../memory/estimate.ts';
import { memorySettings } from '../memory/settings.ts';
import type { GgufModel, ModelFile } from './model-file.ts';

/** `LLAMA_POOLING_TYPE_RANK` in llama.h. */
const RANK = 4;

/** The estimate that lists show is for one request with its whole window, or with so many tokens of a larger one. */
const SHOWN_CONTEXT = 32_768;

/**
 * A file in the form of a model list, with what its header says about it. Without the name in the header, which is the
 * same for every quantisation of a model.
 */
export function listedModel(file: ModelFile): ListedModel {
  const { id, path, model } = file;
  const kind = kindOf(id, model);
  return { id, name: null, kind, status: 'unloaded', capabilities: capabilitiesOf(file, kind), path };
}

function kindOf(id: string, { poolingType, causal }: GgufModel): Kind {
  if (poolingType === RANK) return 'rerank';
  return kindOfId(id) ?? ((poolingType ?? 0) > 0 || !causal ? 'embeddings' : 'chat');
}

function capabilitiesOf({ model, projector }: ModelFile, kind: Kind): Capabilities {
  const chat = kind === 'chat';
  const context = Math.min(model.contextLength ?? SHOWN_CONTEXT, SHOWN_CONTEXT);
  const { total } = estimateMemory(model, memorySettings({ context }), projector?.sizeBytes ?? 0);
  return known({
    context_length: model.contextLength,
    parameter_count: model.parameters > 0 ? model.parameters : null,
    quantization: model.quantization,
    memory_gb_estimate: gigabytes(total),
    supports_tools: chat ? model.supportsTools : null,
    supports_vision: chat ? model.hasVision || projector?.model.hasVision === true : null,
    // llama.cpp makes a grammar of a schema, whatever the model.
    supports_json_schema: chat ? true : null,
    // Without the marks in its template a model may still think.
    supports_reasoning: chat && model.supportsThinking === true ? true : null,
    supports_embeddings: kind === 'embeddings' ? true : null,
  });
}

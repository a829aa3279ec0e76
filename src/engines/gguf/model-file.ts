import type { UnreadableFile } from '../../protocol/model-file.ts';
import type { LayerTensors } from './tensors.ts';

/** What the header of a GGUF file says about its model. Sizes in tokens, elements or bytes; null: the file does not say. */
export interface GgufModel {
  /** `general.architecture`: `llama`, `qwen3moe`, `clip` of a projector. */
  readonly architecture: string;
  readonly name: string | null;
  /** `general.type`: `model`, `mmproj`, `adapter`, … */
  readonly type: string | null;
  /** The mix of types that it was quantised to, such as `Q4_K_M`. */
  readonly quantization: string | null;
  /** Elements of all tensors. */
  readonly parameters: number;
  /** Bytes of all tensors. */
  readonly tensorBytes: number;
  /** Tokens that it was trained for. */
  readonly contextLength: number | null;
  readonly embeddingLength: number | null;
  readonly layers: number | null;
  /** One number, or one for each layer. */
  readonly heads: PerLayer | null;
  /** Zero where a layer keeps no keys and values. */
  readonly kvHeads: PerLayer | null;
  readonly keyLength: number | null;
  readonly valueLength: number | null;
  /** The same of layers that slide, where they differ. */
  readonly slidingKeyLength: number | null;
  readonly slidingValueLength: number | null;
  /** Both lengths of a multi-head latent attention are set, so that values are part of the keys. */
  readonly isLatent: boolean;
  /** Tokens that sliding layers see. */
  readonly slidingWindow: number | null;
  /** The period (each `n`th layer sees everything), or for each layer whether it slides. */
  readonly slidingPattern: PerLayer | null;
  /** So many of the last layers use the keys and values of others. */
  readonly sharedKvLayers: number | null;
  /** Each `n`th layer has full attention, the others a recurrent state. */
  readonly fullAttentionInterval: number | null;
  /** `false` for encoders, which keep nothing between requests. */
  readonly causal: boolean;
  readonly recurrent: RecurrentShape;
  /** The widest feed-forward layer that is computed for a token: all experts that it uses. */
  readonly feedForwardLength: number | null;
  readonly vocabulary: number | null;
  /** What each layer keeps, by its tensors; empty: their names do not show it. */
  readonly layerTensors: readonly LayerTensors[];
  /** Does its chat template know tools? null: it has no template. */
  readonly supportsTools: boolean | null;
  readonly supportsThinking: boolean | null;
  /** It contains an encoder of images, or is a projector that does. */
  readonly hasVision: boolean;
  readonly hasAudio: boolean;
  /** How an embedding model joins its tokens (llama.cpp, `enum llama_pooling_type`); null: it is none. */
  readonly poolingType: number | null;
  /** Of a projector: the length of the embeddings that it makes. */
  readonly projectionLength: number | null;
}

/** The same for all layers, or one for each. */
export type PerLayer = number | readonly number[];

/** What decides the size of a recurrent state; null: the file does not say. */
export interface RecurrentShape {
  readonly convKernel: number | null;
  readonly innerSize: number | null;
  readonly stateSize: number | null;
  readonly groups: number | null;
  /** Of Kimi's delta attention. */
  readonly deltaHeadLength: number | null;
  /** Of LFM2's short convolutions. */
  readonly shortConvLength: number | null;
  /** Of RWKV. */
  readonly wkvHeadSize: number | null;
  readonly tokenShifts: number | null;
}

/** One model in a folder: a file, or all parts of a split one. */
export interface ModelFile {
  /** The name of the file without `.gguf` and without its part; with its folders where another file has that name. */
  readonly id: string;
  /** Absolute, of the file or of the first part; what a server is started with. Never shown to clients. */
  readonly path: string;
  /** Bytes of all parts. */
  readonly sizeBytes: number;
  readonly model: GgufModel;
  /** The projector of images or sound that belongs to it; null: none. */
  readonly projector: ProjectorFile | null;
}

/** A projector: what turns images or sound into embeddings of a model. */
export interface ProjectorFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly model: GgufModel;
}

/** What a folder contains. */
export interface ScannedFolder {
  /** In the order of their ids. */
  readonly models: readonly ModelFile[];
  readonly broken: readonly UnreadableFile[];
  /** The folders that were read, absolute, with the time of their last change in ms since 1970. */
  readonly folders: ReadonlyMap<string, number>;
  /** The whole folder cannot be read, or only a part of it was; null: everything was read. */
  readonly problem: string | null;
}

/** A model file in the folder of a provider (`models_dir`) that cannot be used. */
export interface UnreadableFile {
  /** Relative to the folder, with `/`. */
  readonly file: string;
  /** Why, as a phrase that follows the name of the file: `is truncated: …`. Without a path. */
  readonly error: string;
}

/** The name of a model by that of its file: without `.gguf` and the number of its part. */
export function modelNameOf(file: string): string {
  return file.replace(/\.gguf$/i, '').replace(/-\d{5}-of-\d{5}$/, '');
}

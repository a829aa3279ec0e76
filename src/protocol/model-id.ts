/** A model's full id: `provider/model_id`. Only the first slash separates; model ids may hold more. */
export interface ModelId {
  readonly provider: string;
  readonly modelId: string;
}

/** Splits a full model id at its first slash; null when either half is empty or there is no slash. */
export function parseModelId(id: string): ModelId | null {
  const slash = id.indexOf('/');
  if (slash <= 0 || slash === id.length - 1) return null;
  return { provider: id.slice(0, slash), modelId: id.slice(slash + 1) };
}

/** Joins the halves of a full model id. */
export function formatModelId(provider: string, modelId: string): string {
  return `${provider}/${modelId}`;
}

/**
 * Does the name in a reply mean the model that was asked for? llama-server names the file by path or alias, with
 * or without its ending, so only the last part counts.
 */
export function isSameModel(answered: string, asked: string): boolean {
  return answered === asked || stem(answered) === stem(asked);
}

function stem(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/\.gguf$/i, '')
    .toLowerCase();
}

/** A model's full id: `provider/model_id`, split at the first slash; model ids may contain more. */
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
 * Whether the name in a reply or list means the requested model. llama-server reports a path or an alias, with or
 * without the extension, so only the last part is compared.
 */
export function isSameModel(reported: string, requested: string): boolean {
  return reported === requested || stem(reported) === stem(requested);
}

function stem(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/\.gguf$/i, '')
    .toLowerCase();
}

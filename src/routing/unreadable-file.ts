import { modelNameOf, type UnreadableFile } from '../protocol/model-file.ts';
import type { ProviderEntry, Snapshot } from './snapshot.ts';

/** The file of a provider that a model id means and that cannot be used; null: none. */
export function unreadableFile({ unreadable = [] }: ProviderEntry, modelId: string): UnreadableFile | null {
  const name = modelNameOf(modelId);
  const nameOf = ({ file }: UnreadableFile): string => modelNameOf(file);
  const exact = unreadable.find((each) => nameOf(each) === name);
  return exact ?? unreadable.find((each) => nameOf(each).split('/').at(-1) === name) ?? null;
}

/** What is wrong with the file of a model, to follow the model's name. */
export function unreadableText({ id }: ProviderEntry, { file, error }: UnreadableFile): string {
  return `its file ${file} is in models_dir of ${id}, but cannot be used: ${error}`;
}

/** The same for a model name, with or without its provider, that means such a file; null: it means none. */
export function unreadableName(name: string, { providers }: Pick<Snapshot, 'providers'>): string | null {
  for (const provider of providers.values()) {
    if (provider.unreadable === undefined) continue;
    const prefix = `${provider.id}/`;
    const found = unreadableFile(provider, name.startsWith(prefix) ? name.slice(prefix.length) : name);
    if (found !== null) return unreadableText(provider, found);
  }
  return null;
}

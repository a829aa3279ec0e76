import { parseModelId } from '../../protocol/model-id.ts';
import { isSameWord, nearest } from '../../util/nearest.ts';
import { suggestion, type Check } from './check.ts';
import { quote, type Path } from '../faults.ts';
import { withDefaultTag } from '../schema/canonicalize.ts';

/** How many providers a message lists. */
const SHOWN_PROVIDERS = 12;

/** Reports every id of a list that is not a usable model id. */
export function modelsExist(check: Check, path: Path, ids: readonly string[]): void {
  for (const [index, id] of ids.entries()) modelExists(check, [...path, index], id);
}

/** Reports an id that is not a usable one. A model need not be configured or listed, but its provider must be configured. */
export function modelExists(check: Check, path: Path, id: string): void {
  const parts = parseModelId(id);
  if (parts === null) {
    check.report(path, `${quote(id)} is not a full model id; ${shortIdAdvice(check, path, id)}`);
    return;
  }
  const { provider, modelId } = parts;
  const known = Object.keys(check.file.providers);
  if (known.includes(provider) || check.removedProviders.has(provider)) return;
  if (check.isDamaged(['providers', provider])) return;
  check.report(path, `unknown provider ${quote(provider)}${providerAdvice(check, provider, modelId)}`);
}

function providerAdvice({ file, types }: Check, provider: string, modelId: string): string {
  if (types.some(({ type }) => type === provider))
    return `; add "${provider}": { "type": "${provider}" } under providers`;
  const named = Object.entries(file.providers).find(([, { name }]) => isSameWord(name, provider));
  if (named !== undefined) return `; did you mean ${quote(`${named[0]}/${modelId}`)}?`;
  // `meta-llama/llama-3`: the id that a server with models of many vendors uses, without the provider before it.
  const whole = Object.keys(file.models).find((id) => parseModelId(id)?.modelId === `${provider}/${modelId}`);
  if (whole !== undefined) return `; did you mean ${quote(whole)}?`;
  return suggestion(provider, Object.keys(file.providers));
}

/** What to write instead of a name without a slash. */
function shortIdAdvice({ file, types }: Check, path: Path, written: string): string {
  const [section, , key] = path;
  const lane = written.replace(/^lane:/, '');
  if (Object.hasOwn(file.lanes, lane)) {
    if (section === 'nodes' && key === 'model') return `it is a lane: write "lane": ${quote(lane)}`;
    return 'it is a lane; only models can be listed here';
  }
  const colon = written.indexOf(':');
  const provider = Object.keys(file.providers).find((id) => isSameWord(id, written.slice(0, colon)));
  if (colon > 0 && provider !== undefined) {
    const type = types.find((info) => info.type === file.providers[provider]?.type);
    const id = withDefaultTag(`${provider}/${written.slice(colon + 1)}`, type?.defaultTag);
    return `did you mean ${quote(id)}?`;
  }
  const named = Object.entries(file.models).find(([, { name }]) => isSameWord(name, written))?.[0];
  const ids = Object.keys(file.models).filter((id) => parseModelId(id) !== null);
  const near = named === undefined ? nearest(written, ids, 2) : [named];
  const question = near.length === 0 ? '' : `; did you mean ${near.map(quote).join(' or ')}?`;
  const providers = Object.keys(file.providers).slice(0, SHOWN_PROVIDERS).join(', ');
  return `write provider/model${providers === '' ? '' : ` (providers: ${providers})`}${question}`;
}

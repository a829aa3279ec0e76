import { api } from '../api/client.ts';
import { live } from './live.svelte.ts';
import { Loaded } from './loaded.svelte.ts';

/** The local engines with their models: the menu has their page only where there is one. */
export const engines = new Loaded(async () => (await api.engines()).engines);

/** Reads which engines there are whenever that may have changed, until the returned function is called. */
export function followEngines(): () => void {
  return live.listen((name) => {
    if (name === 'connected' || name === 'config') void engines.load();
  });
}

// Preloaded by scripts.ts: lets scripts of this folder import the packages of the SDK folder by their names.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.LANEWAY_TEST_SDKS ?? '';
const parentURL = pathToFileURL(join(folder, 'package.json')).href;
const here = pathToFileURL(import.meta.dirname).href;

registerHooks({
  resolve(specifier, context, next) {
    const named = !specifier.startsWith('.') && !specifier.includes(':');
    const ours = context.parentURL?.startsWith(here) === true;
    return next(specifier, named && ours ? { ...context, parentURL } : context);
  },
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/** Writes a `.gz` of each script and style, which the gateway sends as it is: a third of the bytes, no work a request. */
const compressed: Plugin = {
  name: 'compressed',
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle)) {
      if (!/\.(js|css)$/.test(name)) continue;
      const path = join(dir, name);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
  },
};

/** The console: one page with relative addresses, so that it works behind a proxy below any path. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte(), compressed],
  build: {
    target: 'es2023',
    // An inlined image would be a `data:` address, which the page's policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: false,
    // The libraries' licences ask for their texts in each copy.
    license: { fileName: 'third-party-licences.md' },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4600', '/ready': 'http://127.0.0.1:4600' } },
});

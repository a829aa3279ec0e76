import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** The console: one page with relative addresses, so that it works behind a proxy below any path. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte()],
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

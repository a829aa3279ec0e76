import { defineConfig } from 'vitest/config';

// A configuration of its own: without it vitest would take the console's Vite configuration and its root.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['test/**/*.test.ts'],
    globals: false,
    environment: 'node',
    setupFiles: ['test/support/seed.ts'],
    // Processes, not threads: tests send signals, load better-sqlite3 and start worker threads of their own.
    pool: 'forks',
    maxWorkers: 2,
    // One process serves many files, which saves 0.15 s and the libraries' start for each. Nothing in src keeps
    // state in a module, and a test leaves behind no server, timer or variable.
    isolate: false,
    // Node itself loads the files by stripping types, as it does in production; worker threads find their files.
    experimental: { viteModuleRunner: false },
    // Tests that start processes take seconds on a busy machine.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});

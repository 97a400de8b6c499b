import { defineConfig } from 'vitest/config';

/** The editor page in a real browser. One file at a time: every file starts a browser of its own. */
export default defineConfig({
  test: {
    include: ['test/webview/**/*.spec.ts'],
    globalSetup: ['test/support/buildOnce.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    pool: 'forks',
  },
});

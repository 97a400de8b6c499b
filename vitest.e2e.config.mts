import { defineConfig } from 'vitest/config';

/** The extension in a real VS Code. `NIBBLE_VSCODE` names the version: oldest (as it stands) or newest. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/support/prepare.ts'],
    // One window at a time: two would take turns on two cores and wait for each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // What a person waits for without wondering; a busy machine needs it.
    expect: { poll: { timeout: 20_000, interval: 100 } },
    retry: 1,
    pool: 'forks',
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/webview/**', 'test/e2e/**'],
    globalSetup: ['test/support/buildOnce.ts'],
    testTimeout: 60_000,
    pool: 'forks',
  },
});

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Only inside VS Code is there a module of this name.
  resolve: { alias: { vscode: fileURLToPath(new URL('test/extension/support/vscode.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/webview/**', 'test/e2e/**'],
    globalSetup: ['test/support/buildOnce.ts'],
    testTimeout: 120_000,
    // Packaging the extension takes some seconds, and many on a busy machine.
    hookTimeout: 120_000,
    pool: 'forks',
  },
});

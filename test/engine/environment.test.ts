import { expect, it } from 'vitest';
import { cleanEnvironment } from '../../src/engine/environment';

it('leaves out the editor\'s own variables and keeps the others', () => {
  const cleaned = cleanEnvironment({ PATH: '/bin', HOME: '/h', TMPDIR: '/t', VSCODE_PID: '1', ELECTRON_NO_ATTACH_CONSOLE: '1', NODE_OPTIONS: '--inspect', NODE_EXTRA_CA_CERTS: 'x' });
  expect(cleaned).toEqual({ PATH: '/bin', HOME: '/h', TMPDIR: '/t', NODE_EXTRA_CA_CERTS: 'x', ELECTRON_RUN_AS_NODE: '1' });
});

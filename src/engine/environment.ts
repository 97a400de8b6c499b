/** Variables that steer the editor's own processes and would change how a child of it runs. */
const FOREIGN = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_CHANNEL_|NODE_INSPECT|APPLICATION_INSIGHTS)/;

/** The environment for a child of the extension host: without the editor's own variables, and as plain Node where the editor is Electron. */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

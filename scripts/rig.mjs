// Fetches the tools that the end-to-end tests drive, so that the first test run does not wait for them.
//   node scripts/rig.mjs [oldest|newest]…
import { ensureChromium } from './lib/chromium.mjs';
import { ensureVscode } from './lib/vscode.mjs';

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : ['oldest', 'newest']) {
  if (name !== 'oldest' && name !== 'newest') throw new Error(`Unknown version "${name}": choose oldest or newest.`);
  const { version, serverMain, node } = await ensureVscode(name);
  console.log(`VS Code ${version}: ${serverMain}, run by ${node}`);
}
console.log(`Chromium: ${await ensureChromium()}`);

// @ts-check
// The licences of the packages that the extension carries, as those licences ask.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The text of the file of notices: name, version and licence of every package that the product depends on. */
export function thirdPartyNotices() {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const parts = ['Nibble contains parts of the following packages.\n'];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev || entry.devOptional || !existsSync(path)) continue;
    const file = readdirSync(path).find((name) => /^(licen[cs]e|copying)/i.test(name));
    const text = file ? readFileSync(join(path, file), 'utf8').trim() : `Licence: ${entry.license ?? 'see the package'}`;
    parts.push(`${'-'.repeat(80)}\n${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)} ${entry.version}\n\n${text}\n`);
  }
  return parts.join('\n');
}

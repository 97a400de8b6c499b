// Writes the list of texts that translators work from. A test fails when it is out of date.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BUNDLE, collectTexts } from './lib/l10n.mjs';

const { texts, problems } = collectTexts();
await mkdir(dirname(BUNDLE), { recursive: true });
await writeFile(BUNDLE, `${JSON.stringify(texts, null, 2)}\n`);
console.log(`${BUNDLE}: ${Object.keys(texts).length} texts`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

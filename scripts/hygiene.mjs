// Fails on what must not be in any file of the repository: addresses of package registries, paths of somebody's machine,
// keys, marks of an unfinished merge or of unfinished work, and large files.
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';

/** More than any source file here; the sample networks together stay below. */
const MAX_FILE_BYTES = 1_000_000;

const FORBIDDEN = [
  { what: 'the address of a package registry', pattern: /registry\.(npmjs|yarnpkg)|npmjs\.(org|com)|pypi\.(org|python)|pythonhosted\.|deb\.debian\.|archive\.ubuntu\.|crates\.io\/api/ },
  { what: 'a path of one machine', pattern: /(?<![\w.])\/(home|Users)\/\w+|(?<![\w.])\/(root|work)\/\w|\b[A-Z]:\\+Users\\/ },
  { what: 'a key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bnpm_[A-Za-z0-9]{30,}|\bxox[abp]-[A-Za-z0-9-]{10,}/ },
  { what: 'a mark of an unfinished merge', pattern: /^(<{7}|>{7}|={7})( |$)/m },
  { what: 'a mark of unfinished work', pattern: /\b(TODO|FIXME|HACK)\b|\b(it|describe|test)\.(only|skip|todo)\(/ },
];

/** This file spells the patterns out. */
const EXEMPT = new Set(['scripts/hygiene.mjs']);

const findings = [];
const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
for (const file of files) {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (!status?.isFile()) continue;
  if (status.size > MAX_FILE_BYTES) findings.push(`${file}: ${status.size} bytes, more than ${MAX_FILE_BYTES}`);
  const bytes = readFileSync(file);
  // A NUL byte means that the file is not text.
  if (EXEMPT.has(file) || bytes.includes(0)) continue;
  const text = bytes.toString('utf8');
  for (const { what, pattern } of FORBIDDEN) {
    const found = pattern.exec(text);
    if (found) findings.push(`${file}:${text.slice(0, found.index).split('\n').length}: ${what}: ${found[0].trim().slice(0, 60)}`);
  }
}
console.log(findings.length > 0 ? findings.join('\n') : `${files.length} files are clean.`);
process.exitCode = findings.length > 0 ? 1 : 0;

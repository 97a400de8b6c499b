// @ts-check
import { ensureProgram } from './systemPackages.mjs';

/** The path of a Chromium to drive (`CHROMIUM_PATH`, or one on PATH), installed when it is missing and this may be done. */
export function ensureChromium() {
  return ensureProgram(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'], 'chromium', 'CHROMIUM_PATH');
}

/** Launch arguments under which Chromium runs as root and makes no connection but to this machine. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

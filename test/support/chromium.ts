import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PATHS = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The browser of this machine, or of `CHROMIUM`; undefined: there is none. */
export const CHROMIUM = PATHS.find((path) => path !== undefined && existsSync(path));

/** Starts the browser of this machine. Throws if there is none. */
export function startBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('there is no Chromium: set CHROMIUM to its program');
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** Profiles for Firefox in which it was started once before: with what it keeps then, a start takes half as long. */

import { cp, realpath, stat } from 'node:fs/promises';
import puppeteer from 'puppeteer-core';
import { kept } from './kept.ts';

/** Makes a profile in `folder` that has seen no site and no extension. */
export async function makeProfile(executablePath: string, folder: string): Promise<void> {
  const program = await realpath(executablePath);
  const { mtimeMs } = await stat(program);
  const started = await kept(`firefox-${Math.round(mtimeMs)}`, async userDataDir => {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      userDataDir,
      env: { ...process.env, HOME: userDataDir },
    });
    await browser.newPage();
    // What it keeps for the next start is written at its end.
    await browser.close();
  });
  await cp(started, folder, { recursive: true, verbatimSymlinks: true });
}

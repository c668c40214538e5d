import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { installOnce, npmInstall } from '../../scripts/vscodeServer/install.ts';

export interface BrowserProgram {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/** The one command that installs a browser on Debian and its relatives. */
export const installCommand = 'sudo apt-get install -y chromium';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
  'C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe',
];

const packagedVersion = '153.0.0';

function environment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]));
}

/** Chromium out of an npm package for Linux on x64, with the libraries and the fonts it needs. */
function packagedChromium(): BrowserProgram {
  const folder = installOnce(`chromium-${packagedVersion}`, (target, finalFolder) => {
    console.log(`No browser found; installing one from npm. Better: ${installCommand}`);
    npmInstall(target, `@sparticuz/chromium@${packagedVersion}`);
    mkdirSync(path.join(target, 'tmp'));
    const unpack = `import chromium, { inflate } from '@sparticuz/chromium';
      await chromium.executablePath();
      await inflate('node_modules/@sparticuz/chromium/bin/al2023.tar.br');`;
    execFileSync(process.execPath, ['--input-type=module', '-e', unpack], {
      cwd: target,
      env: { ...process.env, TMPDIR: path.join(target, 'tmp') },
    });
    const fonts = path.join(finalFolder, 'tmp/fonts');
    // The configuration in the package names folders of another system: without a font Chromium ends.
    writeFileSync(
      path.join(target, 'tmp/fonts/fonts.conf'),
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>${fonts}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${fonts}/cache</cachedir>
</fontconfig>`,
    );
  });
  return {
    executablePath: path.join(folder, 'tmp/chromium'),
    env: {
      ...environment(),
      LD_LIBRARY_PATH: path.join(folder, 'tmp/al2023/lib'),
      FONTCONFIG_PATH: path.join(folder, 'tmp/fonts'),
    },
  };
}

/**
 * Finds a Chromium, Chrome or Edge: $CHROMIUM, the usual places, or (outside CI, on Linux x64) one out
 * of the npm registry, which CHROMIUM=npm chooses in any case.
 * @throws Error that names the command to install one
 */
export function findBrowser(): BrowserProgram {
  if (process.env['CHROMIUM'] === 'npm') return packagedChromium();
  const places = [process.env['CHROMIUM'] ?? '', ...usualPlaces];
  const executablePath = places.find((place) => place !== '' && existsSync(place));
  if (executablePath !== undefined) return { executablePath, env: environment() };
  const packaged = process.platform === 'linux' && process.arch === 'x64';
  if (packaged && process.env['CI'] === undefined) return packagedChromium();
  throw new Error(
    `No Chromium, Chrome or Edge was found. Install one (${installCommand}) ` +
      'or set CHROMIUM to the path of its program.',
  );
}

export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts the browser with a fresh profile; nothing beyond 127.0.0.1 can be reached from it. */
export async function launchBrowser(viewport = { width: 1400, height: 900 }): Promise<Browser> {
  const profile = mkdtempSync(path.join(tmpdir(), 'normscope-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...findBrowser(),
    headless: process.env['HEADED'] === undefined,
    viewport,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
  return {
    context,
    page: context.pages()[0] ?? (await context.newPage()),
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

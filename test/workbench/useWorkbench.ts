import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { prepareExampleWorkspace } from '../../scripts/exampleWorkspace.ts';
import {
  startServer,
  workbenchAddress,
  type Server,
  type Settings,
} from '../../scripts/vscodeServer/start.ts';
import { launchBrowser, type Browser } from './browser.ts';
import { openFile, runCommand, runCommandByKeyboard, waitForCommand } from './palette.ts';

const root = path.resolve(import.meta.dirname, '../..');
const shots = path.join(root, 'shots');

/** Colour schemes of the system, and the class by which VS Code tells the theme that it takes for them. */
const schemes = { light: 'vs', dark: 'vs-dark' } as const;

const ourWebviews = 'iframe.webview.ready[src*="extensionId=normscope.normscope"] >> visible=true';

/** Settings by which VS Code takes the theme of the system's colour scheme, as screenshots in both need. */
export const themeOfSystem: Settings = { 'window.autoDetectColorScheme': true };

export interface WorkbenchOptions {
  /** Files written into the workspace beside the examples: path in the workspace to text. */
  readonly files?: Readonly<Record<string, string>>;
  readonly settings?: Settings;
  /** Restricted Mode: VS Code asks about the trust in the workspace, and is told that there is none. */
  readonly restricted?: boolean;
  /** Language of the extension's texts; English when not given. */
  readonly language?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A VSIX file to install instead of the extension of the checkout; asked for when starting. */
  readonly package?: () => string;
}

interface Running {
  readonly server: Server;
  readonly browser: Browser;
}

/** A real VS Code in a browser with the extension and the example workspace in it. */
export class Workbench {
  readonly #options: WorkbenchOptions;
  #running: Running | undefined;
  #workspace = '';
  #isAnswered = false;
  /** Server and workspace belong to another. */
  #isSecond = false;

  constructor(options: WorkbenchOptions) {
    this.#options = options;
  }

  /** Folder that is open in the workbench. */
  get workspace(): string {
    return this.#workspace;
  }

  get page(): Page {
    return this.#started().browser.page;
  }

  get server(): Server {
    return this.#started().server;
  }

  #started(): Running {
    if (this.#running === undefined) throw new Error('The workbench runs only inside a test.');
    return this.#running;
  }

  async start(): Promise<void> {
    this.#workspace = mkdtempSync(path.join(tmpdir(), 'normscope-workspace-'));
    prepareExampleWorkspace(this.#workspace);
    for (const [file, text] of Object.entries(this.#options.files ?? {})) {
      mkdirSync(path.dirname(path.join(this.#workspace, file)), { recursive: true });
      writeFileSync(path.join(this.#workspace, file), text);
    }
    const { settings, restricted, language, environment } = this.#options;
    const server = await startServer({
      // The suite runs against the built package too: NORMSCOPE_VSIX names its file.
      extension: this.#options.package?.() ?? process.env['NORMSCOPE_VSIX'] ?? root,
      ...(settings && { settings }),
      ...(restricted === true && { workspaceTrust: true }),
      ...(language !== undefined && { language }),
      ...(environment && { environment }),
    });
    try {
      this.#running = { server, browser: await launchBrowser() };
    } catch (error) {
      await server.stop();
      throw error;
    }
    await this.open();
  }

  /** Opens (or reloads) the workbench and waits until the extension's commands are there. */
  async open(): Promise<void> {
    await this.page.goto(workbenchAddress(this.server, this.#workspace, [['skipWelcome', 'true']]));
    await this.page.locator('.monaco-workbench').waitFor();
    if (this.#options.restricted === true && !this.#isAnswered) {
      await this.page.getByRole('button', { name: "No, I don't trust the authors" }).click();
      this.#isAnswered = true;
    }
    await waitForCommand(this.page, 'Normscope: ');
  }

  /** A second window on the same folder; its page is closed like a person closes a window. */
  async openSecondWindow(): Promise<Workbench> {
    const { server, browser } = this.#started();
    const page = await browser.context.newPage();
    const close = async (): Promise<void> => {
      // A page that is closed from outside is not told so; one that is left is.
      await page.goto('about:blank');
      await page.close();
    };
    const second = new Workbench(this.#options);
    second.#workspace = this.#workspace;
    second.#isSecond = true;
    second.#running = { server, browser: { ...browser, page, close } };
    await second.open();
    return second;
  }

  async stop(): Promise<void> {
    await this.#running?.browser.close();
    if (this.#isSecond) return;
    await this.#running?.server.stop();
    this.#running = undefined;
    if (this.#workspace !== '') rmSync(this.#workspace, { recursive: true, force: true });
  }

  async runCommand(title: string): Promise<void> {
    await runCommand(this.page, title);
  }

  /** The same without touching the mouse. */
  async runCommandByKeyboard(title: string): Promise<void> {
    await runCommandByKeyboard(this.page, title);
  }

  /** Opens a file of the workspace by its name, as a person does with Ctrl+P. */
  async openFile(name: string): Promise<void> {
    await openFile(this.page, name);
    // Another group may show it too.
    await this.page
      .locator('.tab.active', { hasText: path.basename(name) })
      .first()
      .waitFor();
  }

  /** The content of our visible webview, or of the one with this title. */
  webview(title?: string): FrameLocator {
    const inner = title === undefined ? 'iframe#active-frame' : `iframe[title="${title}"]`;
    return this.page.frameLocator(ourWebviews).frameLocator(inner);
  }

  /** Takes another theme, by the name in the list of themes. */
  async chooseTheme(label: string): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    const { page } = this;
    await page.getByPlaceholder('Select Color Theme').fill(label);
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: label }).waitFor();
    await page.keyboard.press('Enter');
  }

  /** Writes shots/BEFORE-light-AFTER.png and shots/BEFORE-dark-AFTER.png; needs the settings `themeOfSystem`. */
  async screenshotInBothThemes(before: string, after: string): Promise<void> {
    const { page } = this;
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`.monaco-workbench.${schemes[colorScheme]}`).waitFor();
      for (const webview of await page.locator(ourWebviews).all()) {
        const body = webview.contentFrame().frameLocator('iframe#active-frame').locator('body');
        await body.and(page.locator(`.vscode-${colorScheme}`)).waitFor();
      }
      await this.screenshot(`${before}-${colorScheme}-${after}`);
    }
  }

  /** Writes shots/NAME.png. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: path.join(shots, `${name}.png`) });
  }
}

/**
 * Starts a workbench before the first test of this `describe` block and ends it after the last. A
 * failed test leaves a screenshot in `shots`.
 */
export function useWorkbench(options: WorkbenchOptions = {}): Workbench {
  const workbench = new Workbench(options);
  before(async () => {
    await workbench.start();
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await workbench.screenshot(`failed-${this.currentTest.title.replaceAll(/\W+/g, '-')}`);
  });
  after(async () => {
    await workbench.stop();
  });
  return workbench;
}

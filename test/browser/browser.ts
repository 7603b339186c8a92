import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { Site } from './site.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Date fields are written in the language of the browser, not of the page; it needs Debian's chromium-l10n for that. */
const FRENCH = { LANGUAGE: 'fr_FR', LANG: 'fr_FR.UTF-8', LC_ALL: 'fr_FR.UTF-8' };

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const found = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  .find(isExecutable);

const REASON = `no ${NAMES.join(', ')} on the PATH`;

/** A `describe` that is skipped, saying why, where there is no browser. */
export const describeInBrowser = (name: string, tests: () => void): void => {
  if (found) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`SKIPPED: ${name}: ${REASON}\n`);
  // oxlint-disable-next-line jest/no-disabled-tests -- said aloud, with its reason
  describe.skip(`${name} (skipped: ${REASON})`, tests);
};

/** Anything that a page may not do, in words. */
export type Fault = string;

/** A real server, and browsers that visit it; whatever a page does wrong meanwhile is written down. */
export class Visits {
  readonly faults: Fault[] = [];
  private browser!: Browser;
  readonly site = new Site();

  async open(): Promise<void> {
    if (!found) throw new Error(REASON);
    await this.site.open();
    this.browser = await chromium.launch({
      executablePath: found,
      args: FLAGS,
      env: { ...process.env, ...FRENCH },
      timeout: 60_000,
    });
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.site.dispose();
  }

  /** A visitor of their own: French, in light colours, without script unless asked otherwise. */
  async visitor(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      baseURL: this.site.url,
      locale: 'fr-FR',
      timezoneId: 'Europe/Paris',
      colorScheme: 'light',
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    context.setDefaultTimeout(20_000);
    this.watch(context);
    return context.newPage();
  }

  private watch(context: BrowserContext): void {
    const { origin } = new URL(this.site.url);
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && url.protocol !== 'about:' && url.origin !== origin)
        this.faults.push(`request to another host: ${request.url()}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 500) this.faults.push(`${response.status()} ${response.url()}`);
    });
    context.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // Chromium reports each refused form as a failed resource; that it was refused is for the tests to say.
      if (/^Failed to load resource: .* status of 4\d\d/.test(message.text())) return;
      this.faults.push(`console ${message.type()}: ${message.text()}`);
    });
    context.on('weberror', (error) => this.faults.push(`script error: ${error.error().message}`));
  }
}

/** One server and one browser for all tests of a file; each test fails on what a page did wrong during it. */
export const visits = (): Visits => {
  const all = new Visits();
  beforeAll(() => all.open(), 120_000);
  afterAll(() => all.close(), 60_000);
  afterEach(() => {
    expect(all.faults.splice(0)).toEqual([]);
  });
  return all;
};

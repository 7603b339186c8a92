import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describeInBrowser, visits } from './browser.js';

/** Paths of the pages, once a scene is set: an incident with two bodies, a correction and a scenario that was played. */
const pagesOf = (incident: string, drill: string, fact: string): readonly (readonly [string, string])[] => [
  ['the board', '/'],
  ['an incident', `/incidents/${incident}`],
  ['an incident in English', `/incidents/${incident}?lang=en`],
  ['a drill', `/incidents/${drill}`],
  ['a past moment', `/incidents/${drill}?asOf=9`],
  ['a past moment, as it was', `/incidents/${drill}?asOf=2021-01-18T20:00:00%2B01:00&axis=occurred`],
  ['the form of a command', `/incidents/${incident}/commands/ShutDownSystems`],
  ['the form of a correction', `/incidents/${incident}/commands/SupersedeFact?eventId=${fact}`],
  ['an address with nothing at it', '/incidents/0190a000-0000-7000-8000-000000000000'],
];

describeInBrowser('Every page', () => {
  const all = visits();
  let pages: ReturnType<typeof pagesOf>;

  beforeAll(async () => {
    const { site } = all;
    const organisations = [{ name: 'Ville de Valmont', insured: 'yes' }, { name: 'CCAS de Valmont' }];
    const { incidentId } = await site.post('/incidents', {
      title: 'Fichiers illisibles',
      kind: 'ransomware',
      organisations,
    });
    const command = (name: string, body: object) => site.post(`/incidents/${incidentId}/commands/${name}`, body);
    const { events } = await command('AssessSeverity', { level: 'major' });
    await command('ChangeServiceStatus', {
      service: 'État civil',
      status: 'degraded',
      publicAdvice: 'Venez avec une pièce d’identité',
    });
    await command('SupersedeFact', {
      eventId: events[0].eventId,
      reason: 'Plus grave',
      instead: { do: 'AssessSeverity', data: { level: 'critical' } },
    });
    const { events: noted } = await command('RecordLogbookEntry', { kind: 'fact', text: 'Téléphones muets' });
    const drill = await site.post('/exercises', { scenario: 'angers-2021' });
    pages = pagesOf(incidentId, drill.incidentId, noted[0].eventId);
  }, 120_000);

  const each = async (page: Page, check: (name: string) => Promise<void>): Promise<void> => {
    for (const [name, path] of pages) {
      await page.goto(path);
      await check(name);
    }
  };

  const violations = async (page: Page): Promise<string[]> => {
    const found = (await new AxeBuilder({ page }).analyze()).violations;
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  };

  // axe needs a script to look at a page; the pages themselves have none.
  it.each(['light', 'dark'] as const)(
    'has no barrier that axe knows of, in %s colours',
    async (colorScheme) => {
      const page = await all.visitor({ colorScheme, javaScriptEnabled: true, bypassCSP: true });
      // The long page of a drill has the same parts as that of an incident, many times over.
      const looked = pages.filter(([name]) => !/drill|past moment/.test(name));
      for (const [name, path] of looked) {
        await page.goto(path);
        expect([name, await violations(page)]).toEqual([name, []]);
      }
    },
    110_000,
  );

  it('fits a phone of 320 px, with nothing to scroll sideways', async () => {
    const page = await all.visitor({ viewport: { width: 320, height: 640 }, javaScriptEnabled: true, bypassCSP: true });
    await each(page, async (name) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect([name, wide <= 320]).toEqual([name, true]);
    });
  }, 120_000);

  it('has one title, one main part, and says its language', async () => {
    const page = await all.visitor();
    await each(page, async (name) => {
      const counts = [await page.locator('h1').count(), await page.locator('main').count()];
      expect([name, counts, await page.locator('html').getAttribute('lang')]).toEqual([
        name,
        [1, 1],
        name.includes('English') ? 'en' : 'fr',
      ]);
    });
  }, 120_000);

  it('can be written to with the keyboard alone', async () => {
    const page = await all.visitor();
    await page.goto('/');
    const reach = async (label: RegExp): Promise<void> => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        const focused = page.locator(':focus');
        const name = (await focused.getAttribute('name')) ?? (await focused.innerText().catch(() => ''));
        if (label.test(name)) return;
      }
      throw new Error(`The keyboard does not reach ${label}`);
    };
    await reach(/^title$/);
    await page.keyboard.type('Signalé au clavier');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/incidents\/[0-9a-f-]{36}/);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Signalé au clavier');
  }, 60_000);
});

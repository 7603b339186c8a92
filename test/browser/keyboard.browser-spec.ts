import type { Page } from 'playwright-core';
import { describeInBrowser, visits } from './browser.js';

interface Focused {
  readonly tag: string;
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** Its outline, which says where the keyboard is. */
  readonly isVisible: boolean;
}

/** Further than this nobody goes with a key. */
const PRESSES_MAX = 250;

/** The whole way of a newcomer, without a mouse: no script in the page, and no touch of the pointer. */
describeInBrowser('With the keyboard alone', () => {
  const all = visits();
  let page: Page;
  let incident: string;

  beforeAll(async () => {
    page = await all.visitor();
  }, 60_000);

  const focused = (): Promise<Focused> =>
    page.evaluate(() => {
      const element = document.activeElement ?? document.body;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return {
        tag: element.tagName.toLowerCase(),
        id: element.id,
        name: element.getAttribute('name') ?? '',
        text: (element.textContent ?? '').trim(),
        isVisible: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
      };
    });

  /** Presses Tab until what is meant has the focus; everything on the way must show that it has it. */
  const reach = async (isMeant: (focus: Focused) => boolean): Promise<Focused> => {
    for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
      await page.keyboard.press('Tab');
      const focus = await focused();
      // Beyond the last stop, and before the first one, the browser's own window has it.
      if (focus.tag === 'body') continue;
      expect([focus.tag, focus.text.slice(0, 40), focus.isVisible]).toEqual([focus.tag, focus.text.slice(0, 40), true]);
      if (isMeant(focus)) return focus;
    }
    throw new Error('The keyboard does not get there');
  };

  const withText = (text: string, tag: string) => (focus: Focused) => focus.tag === tag && focus.text.startsWith(text);

  const press = (key: string): Promise<void> => page.keyboard.press(key);

  it('skips to the content, declares, and is taken to what was recorded', async () => {
    await page.goto('/');
    await reach(withText('Aller au contenu', 'a'));
    await press('Enter');
    expect((await focused()).id).toBe('main');
    await reach(({ name }) => name === 'title');
    await page.keyboard.type('Signalé au clavier');
    await press('Enter');
    await page.waitForURL(/\/incidents\/[0-9a-f-]{36}/);
    incident = new URL(page.url()).pathname;
    expect((await focused()).id).toBe('notice');
  });

  it.each([
    ['Dater la détection', 'Attaque détectée', undefined],
    ['Consigner l’arrêt des systèmes', 'Systèmes arrêtés', 'scope'],
    ['Consigner un contact avec l’ANSSI', 'ANSSI contactée', 'channel'],
    ['Consigner le dépôt de plainte', 'Plainte déposée', 'filedWith'],
    ['Consigner la notification à la CNIL', 'CNIL notifiée', 'kind'],
    ['Adopter un plan de reprise', 'Plan de reprise adopté', undefined],
  ])('records: %s', async (form, fact, choice) => {
    all.site.clock.advanceMinutes(15);
    await page.goto(incident);
    await reach(withText(form, 'summary'));
    await press('Enter');
    if (choice) {
      await reach(({ name }) => name === choice);
      await press('Space');
    }
    await reach(withText(form, 'button'));
    await press('Enter');
    await page.waitForURL(/notice=/);
    expect((await focused()).id).toBe('notice');
    expect(await page.getByRole('status').innerText()).toContain(fact);
  });

  it('is taken to what is wrong, and from there to the field', async () => {
    await page.goto(`${incident}/commands/FileComplaint`);
    await reach(withText('Consigner le dépôt de plainte', 'button'));
    await press('Enter');
    await page.getByRole('alert').waitFor();
    expect((await focused()).id).toBe('errors');
    await reach(withText('Déposée auprès de', 'a'));
    await press('Enter');
    expect((await reach(({ name }) => name !== '')).name).toBe('filedWith');
  });

  it('replays the history, event by event', async () => {
    await page.goto(incident);
    await reach(withText('Rejouer l’incident', 'a'));
    await press('Enter');
    await page.waitForURL(/asOf=/);
    for (const [move, expected] of [
      ['«\u00a0Premier', 'Événement 1 sur'],
      ['Suivant', 'Événement 2 sur'],
      ['‹ Précédent', 'Événement 1 sur'],
    ] as const) {
      await reach(withText(move, 'a'));
      await press('Enter');
      await page.getByText(expected).waitFor();
    }
    await reach(withText('Revenir au présent', 'a'));
    await press('Enter');
    await page.waitForURL(({ search }) => search === '');
  });

  it('meets everything in the order in which it stands', async () => {
    for (const path of ['/', incident, `${incident}?asOf=2`, `${incident}/commands/NotifyCnil`]) {
      await page.goto(path);
      expect([path, await page.locator('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])').count()]).toEqual([
        path,
        0,
      ]);
    }
  });
});

import type { Locator, Page } from 'playwright-core';
import { describeInBrowser, visits } from './browser.js';

/** Somebody who knows nothing of Tocsin, on a machine whose browser runs no script. */
describeInBrowser('A newcomer without script', () => {
  const all = visits();
  let page: Page;
  let incident: string;

  beforeAll(async () => {
    page = await all.visitor();
  }, 60_000);

  const milestone = (name: string): Locator =>
    page.locator('.milestone').filter({ has: page.getByRole('heading', { name }) });

  const record = async (
    name: string,
    form: string,
    fact: string,
    fill: (row: Locator) => Promise<void> = async () => undefined,
  ): Promise<void> => {
    all.site.clock.advanceMinutes(15);
    const row = milestone(name);
    await row.getByText(form, { exact: true }).first().click();
    await fill(row);
    await row.getByRole('button', { name: form }).click();
    await notice(fact);
  };

  const notice = async (text: string): Promise<void> => {
    expect(await page.getByRole('status').innerText()).toContain(`Consigné\u00a0: ${text}`);
  };

  it('declares with one field, and is told that it is recorded', async () => {
    await page.goto('/');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Aucun incident');
    await page.getByLabel('Que se passe-t-il').fill('Écrans noirs à l’accueil');
    await page.getByRole('button', { name: 'Déclarer' }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Écrans noirs à l’accueil');
    await notice('Incident déclaré');
    incident = new URL(page.url()).pathname;
    expect(incident).toMatch(/^\/incidents\/[0-9a-f-]{36}$/);
  });

  it('reads the legal clocks as days and hours on the wall, not as a countdown', async () => {
    const complaint = page.locator('.clock').filter({ hasText: 'Porter plainte' });
    expect(await complaint.innerText()).toMatch(/avant mar\. 24 nov\. 2026, 08:12 \(il reste 3\sj/);
    expect(await complaint.locator('time').first().getAttribute('datetime')).toBe('2026-11-24T07:12:00.000Z');
    expect(await page.locator('.clock').filter({ hasText: 'CNIL' }).innerText()).toContain('provisoire');
  });

  it('records the six milestones through their forms', async () => {
    await record('Attaque détectée', 'Dater la détection', 'Attaque détectée', (row) =>
      row.getByLabel('Vu d’abord par').fill('L’accueil'),
    );
    await record('Systèmes arrêtés', 'Consigner l’arrêt des systèmes', 'Systèmes arrêtés', (row) =>
      row.getByLabel('Tout', { exact: true }).check(),
    );
    await record('ANSSI contactée', 'Consigner un contact avec l’ANSSI', 'ANSSI contactée', (row) =>
      row.getByLabel('Téléphone').check(),
    );
    await record('Plainte déposée', 'Consigner le dépôt de plainte', 'Plainte déposée', (row) =>
      row.getByLabel('Gendarmerie').check(),
    );
    await record('CNIL notifiée', 'Consigner la notification à la CNIL', 'CNIL notifiée', (row) =>
      row.getByLabel('Initiale').check(),
    );
    await record('Reprise des services', 'Adopter un plan de reprise', 'Plan de reprise adopté');
    await record('Reprise des services', 'Consigner le début de la reprise', 'Reprise commencée');
    await record('Reprise des services', 'Consigner la fin de la reprise', 'Reprise terminée');
    const states = await page.locator('.milestone').evaluateAll((rows) => rows.map(({ className }) => className));
    expect(states).toEqual(Array.from({ length: 6 }, () => 'milestone milestone-done'));
  });

  it('is shown a refusal beside its field, with what was typed', async () => {
    await page.goto(`${incident}/commands/FileComplaint`);
    await page.getByLabel('Numéro de récépissé').fill('2026/118');
    await page.getByRole('button', { name: 'Consigner le dépôt de plainte' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Rien n’a été consigné');
    const group = page.getByRole('group', { name: /Déposée auprès de/ });
    expect(await group.innerText()).toContain('Ce champ est nécessaire');
    expect(await group.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByLabel('Numéro de récépissé').inputValue()).toBe('2026/118');
    await page.getByRole('alert').getByRole('link').click();
    expect(new URL(page.url()).hash).toBe(`#${await group.getAttribute('id')}`);
  });

  it('is taken from the summary to a field with its name and what is wrong in sight, on a phone', async () => {
    const phone = await all.visitor({ viewport: { width: 360, height: 640 } });
    await phone.goto(`${incident}/commands/RecordLogbookEntry`);
    await phone.getByRole('button', { name: 'Écrire dans la main courante' }).click();
    const field = phone.locator('.field').filter({ has: phone.getByRole('textbox', { name: /^Texte/ }) });
    await phone.getByRole('alert').getByRole('link', { name: 'Texte' }).click();
    const tops = await field
      .locator('label, .error')
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().top));
    expect(tops.length).toBe(2);
    for (const top of tops) expect(top).toBeGreaterThanOrEqual(0);
    await phone.context().close();
  });

  it('is told why a step is held back, beside its button, and passes with a reason', async () => {
    await page.goto(incident);
    const step = page.locator('#step-S41');
    await step.locator('summary').click();
    expect(await step.locator('.gate').innerText()).toMatch(/Cette étape attend.*Préserver les preuves.*\(S13\)/);
    await step.getByRole('button', { name: 'Fait' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('L’étape S41 attend l’étape S13');
    await page.getByLabel('Pourquoi passer outre').fill('L’annuaire paie les agents demain.');
    await page.getByRole('button', { name: 'Passer outre' }).click();
    await notice('Préalable levé');
    await page
      .getByRole('status')
      .getByRole('link', { name: /Revenir à l’étape/ })
      .click();
    expect(new URL(page.url()).hash).toBe('#step-S41');
    await step.locator('summary').click();
    expect(await step.locator('.gate').count()).toBe(0);
    await step.getByRole('button', { name: 'Fait' }).click();
    await notice('Étape faite');
    expect(await step.locator('summary').innerText()).toMatch(/^\S\s*Fait/);
  });

  it('plays one of the five attacks, marked as an exercise', async () => {
    await page.goto('/');
    await page.getByLabel(/^\s*Angers/).check();
    await page.getByRole('button', { name: 'Rejouer cette attaque' }).click();
    expect(await page.getByText('EXERCICE – rien de tout cela n’est réel').isVisible()).toBe(true);
    expect(await page.title()).toMatch(/^EXERCICE/);
    expect(await page.getByRole('main').innerText()).toContain('Angers');
  });

  it('goes through the history from the first event to the last and back', async () => {
    await page.goto(incident);
    await page.getByRole('link', { name: 'Rejouer l’incident' }).click();
    const bar = page.getByRole('region', { name: 'Rejeu' });
    const shown = async (): Promise<[number, number]> => {
      const [, number, count] = /Événement (\d+) sur (\d+)/.exec(await bar.innerText()) ?? [];
      return [Number(number), Number(count)];
    };
    const [, count] = await shown();
    const go = (name: string): Promise<void> => bar.getByRole('link', { name }).click();
    expect(await shown()).toEqual([count, count]);
    await go('Premier');
    expect(await shown()).toEqual([1, count]);
    expect(await bar.getByRole('link', { name: 'Précédent' }).count()).toBe(0);
    await go('Suivant');
    expect(await shown()).toEqual([2, count]);
    await go('Précédent');
    expect(await shown()).toEqual([1, count]);
    expect(await milestone('Plainte déposée').innerText()).toContain('Rien de consigné');
    await go('Dernier');
    expect(await shown()).toEqual([count, count]);
    expect(await page.getByRole('button', { name: 'Noter' }).count()).toBe(0);
    await go('Revenir au présent');
    expect(await page.getByRole('button', { name: 'Noter' }).count()).toBe(1);
  });

  it.each([
    ['Ce que l’on savait alors', 'recorded'],
    ['Ce qui était vrai alors', 'occurred'],
  ])('goes to a date, to see %s, at an address that others can open', async (label, axis) => {
    await page.goto(`${incident}?asOf=0`);
    await page.getByLabel(label).check();
    await page.getByLabel('Aller à ce moment').fill('2026-11-21T09:00');
    await page.getByRole('button', { name: 'Montrer' }).click();
    const url = new URL(page.url());
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ asOf: '2026-11-21T09:00:00+01:00', axis });
    expect(await milestone('ANSSI contactée').innerText()).toContain('Fait');
    expect(await milestone('Plainte déposée').innerText()).toContain('Rien de consigné');
    const other = await all.visitor();
    await other.goto(url.href);
    expect(await other.getByRole('main').innerText()).toBe(await page.getByRole('main').innerText());
    await other.context().close();
  });

  it('corrects a fact, and still reads the old one struck through', async () => {
    await page.goto(incident);
    const entry = page.locator('.entries > li').filter({ hasText: 'Plainte déposée (gendarmerie)' });
    await entry.getByRole('link', { name: /^Rectifier/ }).click();
    await page.getByLabel('Police', { exact: true }).check();
    await page.getByLabel('Pourquoi c’était faux').fill('Le commissariat a pris la plainte.');
    await page.getByRole('button', { name: 'Rectifier un fait' }).click();
    await notice('Fait rectifié');
    const struck = page.locator('.entries del');
    expect(await struck.innerText()).toContain('endarmerie');
    expect(await struck.evaluate((line) => getComputedStyle(line).textDecorationLine)).toBe('line-through');
    expect(await page.locator('.entries > li').filter({ hasText: 'olice' }).count()).toBeGreaterThan(0);
  });

  it('reads the same in English, and keeps the language from page to page', async () => {
    await page.goto(incident);
    await page.getByRole('link', { name: 'English' }).click();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.getByRole('main').innerText()).toContain('Where do we stand?');
    await page.getByRole('link', { name: 'Replay the incident' }).click();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.getByRole('link', { name: 'Français' }).click();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    expect(await page.getByRole('main').innerText()).toContain('Rejeu');
  });
});

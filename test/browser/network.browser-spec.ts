import type { Page } from 'playwright-core';
import { describeInBrowser, visits } from './browser.js';

/** Somebody whose network, or server, goes away in the middle of a form. */
describeInBrowser('When the answer does not come', () => {
  const all = visits();
  let page: Page;
  let incident: string;

  beforeAll(async () => {
    page = await all.visitor();
    const { incidentId } = await all.site.post('/incidents', { title: 'Réseau coupé' });
    incident = `/incidents/${incidentId}`;
  }, 60_000);

  const write = async (text: string): Promise<void> => {
    await page.goto(incident);
    await page.locator('#quick textarea').fill(text);
  };

  const send = () => page.locator('#quick').getByRole('button', { name: 'Noter' }).click({ noWaitAfter: true });

  const written = (text: string) => page.locator('.entries > li').filter({ hasText: text });

  const reload = async (text: string): Promise<void> => {
    // Of the browser itself: it says that there is no connection.
    await page.locator('body.neterror').waitFor({ state: 'attached' });
    await page.context().setOffline(false);
    await page.unrouteAll();
    await page.reload();
    await page.waitForURL(/notice=/);
    expect(await page.getByRole('status').innerText()).toContain('Consigné');
    expect(await written(text).count()).toBe(1);
  };

  it('reloading the browser’s own page sends again what was typed', async () => {
    await write('Écrit sans réseau');
    await page.context().setOffline(true);
    await send();
    await reload('Écrit sans réseau');
  }, 60_000);

  it('reloading writes nothing twice when it had arrived after all', async () => {
    await write('Arrivé, mais la réponse s’est perdue');
    await page.route('**/commands/**', async (route) => {
      await route.fetch({ maxRedirects: 0 });
      await route.abort('connectionreset');
    });
    await send();
    await reload('Arrivé, mais la réponse s’est perdue');
  }, 60_000);

  it('two clicks write one entry', async () => {
    await write('Cliqué deux fois');
    await page.locator('#quick').getByRole('button', { name: 'Noter' }).dblclick({ noWaitAfter: true });
    await page.waitForURL(/notice=/);
    await page.goto(incident);
    expect(await written('Cliqué deux fois').count()).toBe(1);
  }, 60_000);
});

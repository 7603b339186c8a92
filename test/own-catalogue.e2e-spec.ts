import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedCatalogue } from '#libs/application';
import { ownFolders, rulesFolder } from '#libs/playbooks';
import { Api, declared, get, post, said, START, type Answer } from './support/api-spec.js';
import { largePlaybook } from './support/large-playbook.js';
import { mustBeIntact } from './support/intact-log.js';

/** The town's own playbook, of as many steps as one may have. */
const withLargePlaybook = async (): Promise<Api> => {
  const files = new Api();
  mkdirSync(ownFolders(files.folder).playbooks);
  writeFileSync(join(ownFolders(files.folder).playbooks, 'grande-fiche.yaml'), largePlaybook(500));
  const api = new Api({ catalogue: shippedCatalogue(files.folder) });
  await api.open();
  return api;
};

let api: Api;
beforeAll(async () => {
  api = await withLargePlaybook();
});
afterAll(() => api.dispose());

const declaration = declared({ kind: 'ransomware', playbook: 'grande-fiche', organisations: [{ name: 'Caen' }] });

describe('A playbook of 500 steps', () => {
  it('is adopted with the declaration, whole', () =>
    api
      .given()
      .when(declaration)
      .then(({ answer, written }) => {
        expect(answer.status).toBe(201);
        const pinned = written.find(({ type }) => type === 'PlaybookAdopted');
        expect(JSON.stringify(pinned?.data).length).toBeGreaterThan(400_000);
        const definition = pinned?.data['definition'] as { readonly steps: readonly object[] } | undefined;
        expect(definition?.steps).toHaveLength(500);
      }));

  it('is listed, and its steps advance', async () => {
    const told = await api.given(declaration, said('CompleteStep', { step: 'S06-11' })).told();
    const { body } = await api.send(get('/incidents/:id/steps?limit=500'), told);
    expect(body.items).toHaveLength(500);
    const done = body.items.find(({ step }: { step: string }) => step === 'S06-11');
    expect(done).toMatchObject({ state: 'done' });
    const { body: view } = await api.send(get('/incidents/:id'), told);
    expect(view.nextActions).toHaveLength(3);
    expect(view.steps.done).toBeGreaterThan(1);
  });

  it('is adopted later, and the facts on record fulfil its steps', async () => {
    const told = await api
      .given(declared({ title: 'Essai', playbook: 'none' }), said('ContactAnssi', { reference: 'A1' }))
      .told();
    await api
      .given()
      .when(post(`/incidents/${told.incidentId}/commands/AdoptPlaybook`, { playbook: 'grande-fiche' }))
      .then(({ answer }) => {
        expect(answer.status).toBe(200);
        const completed = answer.body.events.filter(({ type }: { type: string }) => type === 'StepCompleted');
        // S01, S02 and S15, in each of the rounds that the file repeats them.
        expect(completed.length).toBeGreaterThan(30);
      });
  });

  it('can be seen at any moment, on both axes, on the page, in the feed and in the stream', async () => {
    const told = await api.given(declaration, said('ContactAnssi')).told();
    const answers: Answer[] = [];
    for (const path of [
      '/incidents/:id?asOf=1',
      '/incidents/:id/steps?asOf=1',
      `/incidents/:id?axis=occurred&asOf=${START}`,
      '/incidents/:id/diff?from=0&to=3',
      '/incidents/:id/events?limit=500',
      '/incidents/:id/timeline?limit=500',
      '/events?type=PlaybookAdopted&limit=500',
    ]) {
      answers.push(await api.send(get(path), told));
    }
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const page = await api.send({ ...get(`//incidents/${told.incidentId}`), headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.text).toContain('S06-11');
  });

  it('is the same after a restart', async () => {
    const told = await api.given(declaration, said('ContactAnssi')).told();
    const before = (await api.send(get('/incidents/:id/steps?limit=500'), told)).text;
    await api.restart();
    expect((await api.send(get('/incidents/:id/steps?limit=500'), told)).text).toBe(before);
    mustBeIntact(await api.log());
  });
});

describe('A rule of the town’s own folder', () => {
  it('is used from the next start on, such as one of the box that it switches on', async () => {
    const nis2 = readFileSync(join(rulesFolder(), 'nis2.yaml'), 'utf8').replaceAll('enabled: false', 'enabled: true');
    mkdirSync(ownFolders(api.folder).rules);
    writeFileSync(join(ownFolders(api.folder).rules, 'nis2.yaml'), nis2);
    const town = new Api({ catalogue: shippedCatalogue(api.folder) });
    await town.open();
    try {
      const told = await town.given(declared({ title: 'x', organisations: [{ name: 'Caen', nis2: 'yes' }] })).told();
      const { body } = await town.send(get('/incidents/:id/obligations'), told);
      expect(body.items.map(({ rule }: { rule: string }) => rule)).toContain('nis2-early-warning');
    } finally {
      await town.dispose();
    }
  });
});

import { jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { incidentCommandTypes } from '#libs/domain';
import { readConfig } from '../config.js';
import { createApp } from '../create-app.js';
import { BOARD_ITEMS_MAX } from './incident-pages.js';
import { PagesPort } from './pages.port.js';

let app: NestFastifyApplication;
const data = mkdtempSync(join(tmpdir(), 'tocsin-pages-'));

beforeAll(async () => {
  app = await createApp(readConfig({ TOCSIN_DATA: data, TOCSIN_LOG_LEVEL: 'silent' }));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
}, 60_000);

afterAll(async () => {
  await app.close();
  rmSync(data, { recursive: true, force: true });
});

const get = async (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers: { host: 'localhost', ...headers } });
const post = async (url: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url,
    headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  });

const declared = async (form: Record<string, string> = {}): Promise<string> => {
  const { headers } = await post('/incidents', { title: 'Écrans noirs à la mairie', kind: 'ransomware', ...form });
  return /\/incidents\/[0-9a-f-]{36}/.exec(String(headers['location']))?.[0] ?? '';
};

/** What can be said of accessibility from the markup alone. */
const faults = (html: string): string[] => {
  const found: string[] = [];
  if ((html.match(/<h1[\s>]/g) ?? []).length !== 1) found.push('not one h1');
  if (!/<html lang="(fr|en)">/.test(html)) found.push('no language');
  for (const landmark of ['<header', '<nav', '<main id="main"', '<footer'])
    if (!html.includes(landmark)) found.push(`no ${landmark}`);
  if (/<script|\son\w+=|style="|https?:\/\//.test(html)) found.push('script, style attribute or foreign address');
  const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id ?? '');
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (twice.length > 0) found.push(`id twice: ${twice.join(', ')}`);
  const labelled = new Set([...html.matchAll(/<label[^>]*\sfor="([^"]*)"/g)].map(([, id]) => id));
  for (const [tag] of html.matchAll(/<(?:input|select|textarea)\b[^>]*>/g)) {
    if (/type="(hidden|radio|checkbox)"/.test(tag)) continue;
    const id = /\sid="([^"]*)"/.exec(tag)?.[1];
    if (!id || !labelled.has(id)) found.push(`no label: ${tag}`);
  }
  for (const [, id] of html.matchAll(/<a [^>]*href="#([^"]*)"/g))
    if (!ids.includes(id ?? '')) found.push(`link to nowhere: #${id}`);
  for (const [, described] of html.matchAll(/aria-(?:describedby|labelledby)="([^"]*)"/g))
    for (const id of (described ?? '').split(' ')) if (!ids.includes(id)) found.push(`described by nothing: ${id}`);
  return found;
};

describe('the board', () => {
  it('asks for one thing when there is nothing', async () => {
    const { body, statusCode, headers } = await get('/');
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toMatch('text/html');
    expect(body).toContain('Quelque chose d’anormal\u00a0?');
    expect(faults(body)).toEqual([]);
  });

  it('speaks the language of the reader, and keeps the one that was chosen', async () => {
    expect((await get('/', { 'accept-language': 'en' })).body).toContain('Something abnormal?');
    const { body } = await get('/?lang=en');
    expect(body).toMatch(/<html lang="en">/);
    expect(body).toContain('action="/incidents?lang=en"');
  });
});

describe('the board of many incidents', () => {
  it('begins with the one whose deadline is nearest, or past, however old it is, and has pages', async () => {
    await declared({ title: 'La plus ancienne', 'detectedAt.at': '2026-01-05T06:00' });
    for (let index = 0; index < BOARD_ITEMS_MAX; index += 1) await declared({ title: `Incident ${index}` });
    const { body } = await get('/');
    expect(body).toMatch(/La plus ancienne[\s\S]*?dépassée depuis[\s\S]*?Incident \d/);
    const titlesOf = (html: string): string[] => html.match(/Incident \d+(?=<)/g) ?? [];
    const more = await get(/href="([^"]*)">Autres incidents en cours/.exec(body)?.[1] ?? '');
    expect(more.body).toContain('Revenir à tous les incidents');
    expect(faults(more.body)).toEqual([]);
    expect(new Set([...titlesOf(body), ...titlesOf(more.body)]).size).toBe(BOARD_ITEMS_MAX);
  }, 60_000);

  it('has the closed ones and the exercises after them, in pages of their own', async () => {
    const closed = await declared({ title: 'Fausse alerte' });
    await post(`${closed}/commands/CloseIncident`, { reason: 'rien' });
    for (let index = 0; index < BOARD_ITEMS_MAX; index += 1)
      await declared({ title: `Manœuvre ${index}`, exercise: 'yes' });
    const { body } = await get('/');
    expect(body).not.toContain('Fausse alerte');
    const older = await get(/href="([^"]*)">Incidents plus anciens/.exec(body)?.[1] ?? '');
    expect(older.body).toMatch(/Incidents clos[\s\S]*Fausse alerte/);
    expect(older.body).toContain('Revenir à tous les incidents');
    expect(older.body).not.toContain('Incident 1<');
    expect(faults(older.body)).toEqual([]);
  }, 60_000);
});

describe('declaring', () => {
  it('takes one field, and goes to the incident that says what was done', async () => {
    const answer = await post('/incidents', { title: 'Écrans noirs', key: '6a1f0a52-3c39-4c43-9d0e-0d2a5a1c7b11' });
    expect(answer.statusCode).toBe(303);
    const { body } = await get(String(answer.headers['location']).split('#')[0] ?? '');
    expect(body).toContain('Écrans noirs');
    expect(body).toContain('role="status"');
    expect(faults(body)).toEqual([]);
    const again = await post('/incidents', { title: 'Écrans noirs', key: '6a1f0a52-3c39-4c43-9d0e-0d2a5a1c7b11' });
    expect(String(again.headers['location']).split('?')[0]).toBe(String(answer.headers['location']).split('?')[0]);
  });

  it('keeps what was typed and says what is wrong beside the field', async () => {
    const { statusCode, body } = await post('/incidents', {
      title: 'Panne',
      'organisations[1].name': 'Valmont',
      'organisations[1].siren': '12',
    });
    expect(statusCode).toBe(400);
    expect(body).toContain('value="Panne"');
    expect(body).toContain('value="Valmont"');
    expect(body).toContain('href="#declare-form-organisations-0-siren"');
    expect(body).toMatch(/id="declare-form-organisations-0-siren"[^>]*aria-invalid="true"/);
    expect(body).toContain('9 chiffres, sans espace');
    expect(faults(body)).toEqual([]);
  });
});

describe('an incident', () => {
  it('has a page for every command, built from the table', async () => {
    const path = await declared({ 'organisations[0].name': 'Valmont', 'organisations[1].name': 'Agglo' });
    for (const command of incidentCommandTypes) {
      const { body, statusCode } = await get(`${path}/commands/${command}`);
      expect([command, statusCode, faults(body)]).toEqual([command, 200, []]);
    }
    expect((await get(`${path}/commands/Nothing`)).statusCode).toBe(404);
  }, 60_000);

  it('records a command and shows the milestone', async () => {
    const path = await declared();
    const answer = await post(`${path}/commands/ShutDownSystems`, {
      scope: 'all',
      decidedBy: 'le maire',
      'systems[0].name': 'AD',
      'systems[0].mode': 'suspended',
    });
    expect(answer.statusCode).toBe(303);
    const { body } = await get(String(answer.headers['location']).split('#')[0] ?? '');
    expect(body).toContain('Systèmes arrêtés (tous)\u00a0: AD suspendu – décidé par le maire');
    expect(body).toMatch(/milestone-done"><h3>Systèmes arrêtés/);
  });

  it('gives a refusal of the rules back with the form', async () => {
    const path = await declared();
    const { statusCode, body } = await post(`${path}/commands/WaiveObligation`, {
      rule: 'nothing',
      reason: 'Pas d’assurance',
    });
    expect(statusCode).toBe(400);
    expect(body).toContain('role="alert"');
    expect(body).toContain('Pas d’assurance</textarea>');
    expect(faults(body)).toEqual([]);
  });

  it('corrects a fact from its line', async () => {
    const path = await declared();
    await post(`${path}/commands/FileComplaint`, { filedWith: 'police', receipt: '118' });
    const { body } = await get(path);
    const link = /href="([^"]*SupersedeFact\?eventId=[^"]*)"/.exec(body)?.[1] ?? '';
    const form = await get(link);
    expect(form.body).toContain('name="instead.data.receipt" value="118"');
    const eventId = new URL(link, 'http://x').searchParams.get('eventId') ?? '';
    const typed = {
      eventId,
      reason: 'Erreur de numéro',
      'instead.do': 'FileComplaint',
      'instead.data.filedWith': 'police',
      'instead.data.receipt': '119',
    };
    const done = await post(`${path}/commands/SupersedeFact`, typed);
    const after = await get(String(done.headers['location']).split('#')[0] ?? '');
    expect(after.body).toMatch(/<del>Plainte déposée[^<]*118<\/del>/);
    expect(after.body).toContain('récépissé 119');
    expect(faults(after.body)).toEqual([]);
  });

  it('is replayed event by event, read-only', async () => {
    const path = await declared();
    await post(`${path}/commands/AssessSeverity`, { level: 'serious' });
    const latest = Number(/asOf=(\d+)&amp;axis=recorded">Rejouer/.exec((await get(path)).body)?.[1]);
    const { body } = await get(`${path}?asOf=${latest}&axis=recorded`);
    expect(body).toContain('<strong>Gravité</strong>\u00a0: Inconnue → <mark>Grave</mark>');
    expect(body).toContain(`?asOf=${latest - 1}&amp;axis=recorded`);
    expect(body).not.toContain('formAction');
    expect(body).not.toContain('id="quick"');
    expect(faults(body)).toEqual([]);
    const first = await get(`${path}?asOf=0`);
    expect(first.body).not.toContain('Grave</mark>');
    const moved = await get(`${path}?at=2030-01-01T08:00&axis=occurred`);
    expect(moved.headers['location']).toMatch(/asOf=2030-01-01T08%3A00%3A00%2B01%3A00&axis=occurred/);
    expect((await get(String(moved.headers['location']))).statusCode).toBe(200);
  });

  it('is replayed in the order in which things happened, with what each changed', async () => {
    const path = await declared({ 'detectedAt.at': '2026-01-05T06:00' });
    const typed = { channel: 'phone', 'occurredAt.at': '2026-01-05T09:00' };
    await post(`${path}/commands/AssessSeverity`, { level: 'serious', 'occurredAt.at': '2026-01-05T12:00' });
    await post(`${path}/commands/ContactAnssi`, typed);
    const { body: whole } = await get(`${path}?asOf=2030-01-01T08:00:00%2B01:00&axis=occurred`);
    const severity = Number(/value="(\d+)"[^>]*><p[^>]*>Gravité/.exec(whole)?.[1]);
    const anssi = Number(/value="(\d+)"[^>]*><p[^>]*>ANSSI contactée/.exec(whole)?.[1]);
    expect(anssi).toBeGreaterThan(severity);
    const { body } = await get(`${path}?asOf=${severity}&axis=occurred`);
    // Entered after it, but it had happened before.
    expect(body).toContain('ANSSI contactée');
    expect(body).toContain('<strong>Gravité</strong>\u00a0: Inconnue → <mark>Grave</mark>');
    expect(body).not.toContain('<mark>Fait</mark>');
    expect(body).toMatch(new RegExp(`value="${severity}"[^>]*aria-current="true"`));
    expect(faults(body)).toEqual([]);
    const back = /href="([^"]*)">‹ Précédent/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(back).toMatch(/axis=occurred/);
    const earlier = await get(back);
    expect(earlier.body).not.toContain('<mark>Grave</mark>');
    expect(earlier.body).toContain('ANSSI contactée');
  });

  it('has its history in pages, on both axes', async () => {
    const path = await declared();
    for (let index = 0; index < 70; index += 1)
      await post(`${path}/commands/RecordLogbookEntry`, { kind: 'fact', text: `Constat ${index}.` });
    for (const address of [path, `${path}?asOf=2099-01-01T08:00:00%2B01:00&axis=occurred`]) {
      const { body } = await get(address);
      expect(body).toContain('Constat 69.');
      expect(body).not.toContain('Constat 3.');
      const more = /href="([^"]*)">Lignes plus anciennes/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
      const older = await get(more.split('#')[0] ?? '');
      expect(older.body).toContain('Constat 3.');
      expect(older.body).not.toContain('Constat 69.');
      expect(faults(older.body)).toEqual([]);
    }
  }, 60_000);

  it('says that it sends nothing, and names each act as something to record', async () => {
    const { body } = await get(await declared());
    expect(body).toContain('Tocsin n’envoie rien à personne');
    expect(body).toContain('>Consigner le dépôt de plainte<');
    expect(body).toContain('>Consigner la notification à la CNIL<');
    expect(body).not.toContain('>Déposer plainte<');
  });

  it('leads from an overridden prerequisite back to its step', async () => {
    const path = await declared();
    const done = await post(`${path}/commands/OverrideGate`, { gate: 'S42', reason: 'Service vital' });
    const { body } = await get(String(done.headers['location']).split('#')[0] ?? '');
    const notice = /role="status"[\s\S]*?<\/div>/.exec(body)?.[0] ?? '';
    expect(notice).toContain('href="#step-S42"');
    expect(faults(body)).toEqual([]);
  });

  it('tells a milestone whose time is known to the day as such', async () => {
    const path = await declared();
    await post(`${path}/commands/ContactAnssi`, { 'occurredAt.at': '2026-01-05T00:00', 'occurredAt.precision': 'day' });
    expect((await get(path)).body).toMatch(/ANSSI contactée[\s\S]{0,400}<time[^>]*>[^<]*<\/time> \(au jour près\)/);
  });

  it('answers with a page when something breaks inside, in the language of the reader', async () => {
    const pages = app.get(PagesPort, { strict: false });
    const breaks = jest.spyOn(pages, 'incident').mockRejectedValue(new Error('a bug'));
    const { statusCode, headers, body } = await get('/incidents/0190a000-0000-7000-8000-000000000001?lang=en');
    breaks.mockRestore();
    expect([statusCode, headers['content-type']]).toEqual([500, 'text/html; charset=utf-8']);
    expect(body).toMatch(/<html lang="en">/);
    expect(body).not.toContain('a bug');
    expect(faults(body)).toEqual([]);
  });

  it('that does not exist is a page that leads back', async () => {
    const { statusCode, body } = await get('/incidents/0190a000-0000-7000-8000-000000000001');
    expect(statusCode).toBe(404);
    expect(faults(body)).toEqual([]);
  });
});

describe('an address', () => {
  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

  it.each([
    ['fr', /Il n’y a rien à cette adresse/],
    ['en', /There is nothing at this address/],
  ])('that does not exist is a page for a browser (%s)', async (language, words) => {
    for (const url of ['/nulle-part', '/incidents/1/2/3', '/evenements/x']) {
      const { statusCode, headers, body } = await get(url, { ...browser, 'accept-language': language });
      expect([statusCode, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
      expect(body).toMatch(words);
      expect(faults(body)).toEqual([]);
    }
  });

  it('that does not exist is a problem for a program', async () => {
    for (const [url, headers] of [
      ['/nulle-part', {}],
      ['/nulle-part', { accept: 'application/json' }],
      ['/api/v1/nulle-part', browser],
    ] as const) {
      const answer = await get(url, headers);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ]);
    }
  });

  it('may say a thing twice: the first time counts', async () => {
    const path = await declared();
    expect((await get(`${path}?asOf=1&asOf=2`)).body).toContain(' 2 sur ');
    expect((await get(`${path}?at=2021-01-01T00:00&at=2021`)).statusCode).toBe(303);
    expect((await get(`${path}?lang=en&lang=fr`)).body).toContain('<html lang="en">');
  });
});

it('plays an attack of the box as an exercise that cannot be mistaken', async () => {
  const answer = await post('/exercises', { scenario: 'caen-2022' });
  expect(answer.statusCode).toBe(303);
  const { body } = await get(String(answer.headers['location']).split('#')[0] ?? '');
  expect(body).toMatch(/<title>EXERCICE –/);
  expect(body).toContain('class="exercise-band"');
  expect(faults(body)).toEqual([]);
  expect((await post('/exercises', { scenario: 'nowhere' })).statusCode).toBe(404);
}, 60_000);

it('writes under the name that was given', async () => {
  const answer = await post('/pen', { name: 'Anaïs Le Goff', role: 'scribe' });
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  const { headers } = await post('/incidents', { title: 'Panne' }, { cookie });
  const { body } = await get(String(headers['location']).split('#')[0] ?? '', { cookie });
  expect(body).toContain('Anaïs Le Goff, scribe');
  expect(body).toMatch(/saisi[\s\S]*Anaïs Le Goff/);
});

it('takes forms for the pages only, and none from another site', async () => {
  expect((await post('/api/v1/exercises', { scenario: 'caen-2022' })).statusCode).toBe(415);
  expect((await post('/incidents', { title: 'x' }, { origin: 'http://evil.example' })).statusCode).toBe(403);
});

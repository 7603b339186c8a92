import Database from 'better-sqlite3';
import { closeSync, cpSync, existsSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { shippedCatalogue } from '#libs/application';
import {
  Api,
  corrected,
  declared,
  declaredFor,
  get,
  itOnSqlite,
  post,
  said,
  START,
  type Answer,
  type Told,
} from './support/api-spec.js';
import { mustBeIntact } from './support/intact-log.js';

let api: Api;
beforeEach(async () => {
  api = new Api({ catalogue: shippedCatalogue() });
  await api.open();
});
afterEach(() => api.dispose());

const viewsFile = (): string => join(api.folder, 'views.db');

/** Every row of every table of the views, sorted. */
const rows = (): Record<string, readonly string[]> => {
  const db = new Database(viewsFile(), { readonly: true });
  try {
    const tables = db
      .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'checkpoint'")
      .all();
    return Object.fromEntries(
      tables.map(({ name }) => [
        name,
        db
          .prepare(`SELECT * FROM "${name}"`)
          .all()
          .map((row) => JSON.stringify(row))
          .toSorted(),
      ]),
    );
  } finally {
    db.close();
  }
};

/** Two incidents that touch every view, a drill, a correction, a missed term. */
const story = async (): Promise<Told> => {
  const told = await api
    .given(
      declaredFor({ name: 'Caen', insured: 'yes' }, 'Ifs'),
      said('ContactAnssi'),
      said('ChangeServiceStatus', { service: 'Cantine', status: 'outage' }),
      said('ActivateWorkaround', { service: 'Cantine', kind: 'paper', organisation: 'Ifs' }),
      said('AssessSeverity', { level: 'critical' }),
      said('EstablishBreachAwareness', { reason: 'x' }),
      corrected('SeverityAssessed', { instead: { do: 'AssessSeverity', data: { level: 'major' } } }),
      said('NotifyCnil', { kind: 'initial', organisations: ['Caen'] }),
      said('CompleteStep', { step: 'S01' }),
      said('RestoreService', { service: 'Cantine' }),
    )
    .told();
  await api.given(declared({ title: 'Clos' }), said('CloseIncident')).told();
  await api.send(post('/exercises', { scenario: 'chalon-2021' }));
  api.clock.advanceMinutes(73 * 60);
  await api.settle();
  await api.settle();
  return told;
};

const PATHS = [
  '',
  '?asOf=2',
  '?axis=occurred',
  '/steps?limit=500',
  '/obligations',
  '/services',
  '/timeline?limit=500',
  '/events?limit=500',
  '/diff?from=1',
];
const LISTS = ['/incidents', '/obligations?limit=500', '/services'];

const answersOf = async (told: Told): Promise<Record<string, unknown>> => {
  await api.settle();
  const all: Record<string, unknown> = {};
  for (const path of [...PATHS.map((each) => `/incidents/:id${each}`), ...LISTS]) {
    const { status, body }: Answer = await api.send(get(path), told);
    expect([path, status]).toEqual([path, 200]);
    all[path] = body;
  }
  return all;
};

describe('A restart', () => {
  it('changes no answer, and the incident goes on where it was', async () => {
    const told = await story();
    const before = await answersOf(told);
    await api.restart();
    expect(await answersOf(told)).toEqual(before);
    const { status, body } = await api.send(said('ContactAnssi'), told);
    expect(status).toBe(200);
    expect((await api.send(get('/incidents/:id'), told)).body.revision).toBe(body.revision);
    mustBeIntact(await api.log());
  });

  itOnSqlite('leaves one file for the log and one for the views, and no trace of being open', async () => {
    await story();
    await api.close();
    for (const file of ['log.db', 'views.db']) {
      expect(existsSync(join(api.folder, file))).toBe(true);
      expect(existsSync(join(api.folder, `${file}-wal`))).toBe(false);
    }
    expect(existsSync(join(api.folder, 'server.json'))).toBe(false);
    await api.open();
  });

  it('records once what fell due while nobody ran', async () => {
    const told = await api
      .given(declared({ kind: 'ransomware' }), said('EstablishBreachAwareness', { reason: 'x' }))
      .told();
    await api.close();
    api.clock.advanceMinutes(60 * 24 * 8);
    await api.open();
    expect((await api.send(get('//readyz'))).body.clocks).toMatchObject({ ok: true });
    await api.settle();
    await api.settle();
    await api.restart();
    await api.settle();
    const missed = (await api.log()).filter(
      ({ type, data }) => type === 'DeadlineMissed' && data['rule'] === 'cnil-notification',
    );
    expect(missed).toHaveLength(1);
    const { body } = await api.send(get('/incidents/:id/obligations?state=missed'), told);
    expect(body.items.map(({ rule }: { rule: string }) => rule)).toContain('cnil-notification');
  });

  it('with the clock of the machine set back never dates an event before the one before it', async () => {
    const told = await story();
    await api.close();
    api.clock.set(START);
    await api.open();
    await api.send(said('ContactAnssi'), told);
    const { body } = await api.send(get('/incidents/:id/events?limit=500'), told);
    const times = body.items.map(({ recordedAt }: { recordedAt: string }) => Date.parse(recordedAt));
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
  });
});

describe('The views', () => {
  it.each([
    ['deleted', () => rmSync(viewsFile(), { force: true })],
    ['corrupt from the first byte', () => writeFileSync(viewsFile(), 'no database at all'.repeat(1000))],
    ['empty', () => writeFileSync(viewsFile(), '')],
    ['torn in the middle', () => tear(viewsFile())],
    ['of another version', () => sql("UPDATE checkpoint SET versions = 'old:1', position = 'p3'")],
    ['ahead of the log', () => sql("UPDATE checkpoint SET position = 'p99999'")],
    ['with a position of another log', () => sql("UPDATE checkpoint SET position = '(1,2)'")],
    ['without a checkpoint', () => sql('DELETE FROM checkpoint')],
    [
      'of another log, which was shorter',
      () => sql("UPDATE checkpoint SET position = 'p3', origin = '0190aaaa-0000-7000-8000-000000000000'"),
    ],
  ])('%s are rebuilt row for row as they were', async (_what, harm) => {
    const told = await story();
    const [before, answered] = [{ ...rows() }, await answersOf(told)];
    await api.close();
    harm();
    await api.open();
    expect(await answersOf(told)).toEqual(answered);
    expect(rows()).toEqual(before);
  });

  itOnSqlite('ahead of an older log that was put back show that log', async () => {
    const told = await story();
    await api.close();
    const copy = join(api.folder, 'copy.db');
    cpSync(join(api.folder, 'log.db'), copy);
    await api.open();
    const before = await answersOf(told);
    await api.send(said('ContactAnssi'), told);
    await api.given(declared({ title: 'Perdu' })).told();
    await api.settle();
    await api.close();
    cpSync(copy, join(api.folder, 'log.db'));
    await api.open();
    expect(await answersOf(told)).toEqual(before);
  });

  it('follow row for row, live as rebuilt, whatever the batches were', async () => {
    await story();
    const live = rows();
    await api.close();
    rmSync(viewsFile(), { force: true });
    await api.open();
    await api.settle();
    expect(rows()).toEqual(live);
  });
});

const sql = (statement: string): void => {
  const db = new Database(viewsFile());
  db.exec(statement);
  db.close();
};

/** Writes rubbish over pages behind the first ones. */
const tear = (file: string): void => {
  const db = new Database(file);
  const { page_size: size, page_count: count } = {
    page_size: Number(db.pragma('page_size', { simple: true })),
    page_count: Number(db.pragma('page_count', { simple: true })),
  };
  db.close();
  const rubbish = Buffer.alloc(size, 0x5a);
  const handle = openSync(file, 'r+');
  for (let page = 2; page < count; page += 1) writeSync(handle, rubbish, 0, size, page * size);
  closeSync(handle);
};

import {
  causeOf,
  factLabels,
  milestoneLabels,
  roleLabel,
  milestoneStateLabels,
  obligationStatusLabels,
  serviceStatusLabels,
  valueLabel,
  type StatusLabel,
} from '#libs/domain';
import type { Fact, FactName, MilestoneName, MilestoneState, Obligation, Organisation, Status } from '#libs/client';
import type { Output, Style } from './output.js';
import { factText } from './show-fact.js';
import { table } from './table.js';
import { absolute, DEFAULT_ZONE, duration } from './times.js';

/** Zone in which an incident's times are shown: that of its first organisation. */
export const zoneOf = ({ organisations }: Pick<Status, 'organisations'>): string =>
  organisations[0]?.timeZone ?? DEFAULT_ZONE;

export interface Shown {
  readonly status: Status;
  readonly obligations: readonly Obligation[];
}

/** The status view for a person: what is done, what is due, what is next, what is known, what is out. */
export const statusLines = ({ status, obligations }: Shown, out: Output): string[] => {
  const zone = zoneOf(status);
  const section = (title: string, rows: readonly (readonly string[])[]): string[] =>
    rows.length === 0 ? [] : ['', out.heading(title), ...table(rows)];
  return [
    ...headLines(status, out),
    ...section(out.say('Jalons', 'Milestones'), milestoneRows(status, zone, out)),
    ...section(out.say('Échéances', 'Deadlines'), clockRows(obligations, status, out)),
    ...section(out.say('À faire maintenant', 'To do now'), actionRows(status, zone, out)),
    ...section(out.say('Ce qui est établi', 'What is known'), factRows(status, zone, out)),
    ...section(out.say('Services', 'Services'), serviceRows(status, zone, out)),
    ...section(out.say('Étapes', 'Steps'), stepRow(status, out)),
  ];
};

const headLines = (status: Status, out: Output): string[] => {
  const state = status.status === 'open' ? out.say('ouvert', 'open') : out.say('clos', 'closed');
  const stated = status.facts.attackType.value;
  const kind = valueLabel('kind', stated === 'unknown' ? status.kind : stated)[out.language];
  const exercise = status.exercise ? ` · ${out.paint('yellow', out.say('EXERCICE', 'EXERCISE'))}` : '';
  const playbook = status.playbook ? ` · ${status.playbook.id} ${status.playbook.version}` : '';
  return [
    out.heading(status.title) + exercise,
    `  ${status.organisations.map(({ name }) => name).join(', ')}`,
    `  ${kind} · ${state} · ${out.say('révision', 'revision')} ${status.revision}${playbook}`,
    `  ${out.say('Heures\u00a0: ', 'Times: ')}${zoneOf(status)}`,
    out.paint('dim', `  ${status.incidentId}`),
  ];
};

const milestoneStyle: Record<MilestoneState, Style> = {
  unknown: 'dim',
  not_applicable: 'dim',
  intended: 'yellow',
  started: 'yellow',
  done: 'green',
};

export const labelled = (label: StatusLabel, out: Output): string => `${label.symbol} ${label[out.language]}`;

export const milestoneState = (state: MilestoneState, out: Output): string =>
  out.paint(milestoneStyle[state], labelled(milestoneStateLabels[state], out));

const milestoneRows = (status: Status, zone: string, out: Output): string[][] =>
  (Object.keys(milestoneLabels) as MilestoneName[]).map((name) => {
    const { state, at, by, organisations } = status.milestones[name];
    const each = new Set(Object.values(organisations ?? {}));
    const bodies =
      each.size > 1
        ? Object.entries(organisations ?? {})
            .map(
              ([body, its]) =>
                `${body}${out.say('\u00a0: ', ': ')}${milestoneStateLabels[its][out.language].toLowerCase()}`,
            )
            .join(', ')
        : '';
    return [
      milestoneLabels[name][out.language],
      milestoneState(state, out),
      at ? absolute(at, zone, out.language) : '',
      by ?? '',
      out.paint('dim', bodies),
    ];
  });

const URGENT_S = 24 * 3600;

const clockStyle = ({ state, remainingSeconds, provisional }: Obligation): Style => {
  if (state === 'missed') return 'red';
  if (state === 'late') return 'yellow';
  if (state !== 'open') return state === 'met' ? 'green' : 'dim';
  return remainingSeconds !== undefined && remainingSeconds < URGENT_S && !provisional ? 'red' : 'yellow';
};

/** Rows that differ only by their body become one, which names the bodies. */
const mergeBodies = (
  rows: readonly { readonly cells: readonly string[]; readonly body: string }[],
  bodies: readonly Organisation[],
  place: number,
  out: Output,
): string[][] => {
  const merged = new Map<string, { readonly cells: readonly string[]; readonly names: string[] }>();
  for (const { cells, body } of rows) {
    const before = merged.get(cells.join('|'));
    if (before) before.names.push(body);
    else merged.set(cells.join('|'), { cells, names: [body] });
  }
  return [...merged.values()].map(({ cells, names }) => {
    const all = new Set(names).size >= bodies.length && bodies.length > 2;
    const said = bodies.length < 2 ? '' : all ? out.say('tous les organismes', 'all organisations') : names.join(', ');
    return cells.toSpliced(place, 0, said);
  });
};

/** Clocks with the absolute time first: it is what a person writes on the wall. */
export const clockRows = (
  obligations: readonly Obligation[],
  status: Pick<Status, 'organisations'>,
  out: Output,
): string[][] => {
  const zone = zoneOf(status);
  const rows = obligations.map((clock) => {
    const state = out.paint(clockStyle(clock), labelled(obligationStatusLabels[clock.state], out));
    const cells = [
      clock.dueAt ? absolute(clock.dueAt, zone, out.language) : out.say('dès que possible', 'as soon as possible'),
      remaining(clock, out),
      state,
      clock.provisional && clock.state === 'open' ? out.say('par prudence', 'as a caution') : '',
      clock.title,
      out.paint('dim', reasonOf(clock, out) ?? clock.legalBasis),
    ];
    return { cells, body: clock.organisation.name };
  });
  return mergeBodies(rows, status.organisations, 5, out);
};

const reasonOf = ({ reason }: Obligation, out: Output): string | undefined =>
  reason && (causeOf(reason, out.language) ?? reason);

const remaining = ({ state, remainingSeconds }: Obligation, out: Output): string => {
  if (remainingSeconds === undefined || (state !== 'open' && state !== 'missed')) return '';
  const length = duration(remainingSeconds, out.language);
  return remainingSeconds < 0
    ? out.say(`passé de ${length}`, `${length} ago`)
    : out.say(`reste ${length}`, `${length} left`);
};

const actionRows = (status: Status, zone: string, out: Output): string[][] =>
  status.nextActions.map(({ step, title, role, organisation, why, dueAt }, index) => [
    `${index + 1}.`,
    dueAt ? absolute(dueAt, zone, out.language) : '',
    out.paint('cyan', step),
    title ?? '',
    [role && roleLabel(role)[out.language], organisation]
      .filter((each) => each !== undefined && each !== '')
      .join(' · '),
    out.paint('dim', why),
  ]);

const factRows = (status: Status, zone: string, out: Output): string[][] =>
  (Object.keys(factLabels) as FactName[]).flatMap((name) => {
    const fact = status.facts[name];
    if (!fact.since) return [];
    const label = factLabels[name][out.language];
    return [[label, factValue(name, fact, zone, out), absolute(fact.since, zone, out.language), detailOf(fact, out)]];
  });

/** Words of a person, or a value such as a precision. */
const detailOf = ({ detail = '' }: Fact, out: Output): string => valueLabel('detail', detail)[out.language];

const factValue = (name: FactName, { value, organisations }: Fact, zone: string, out: Output): string => {
  const each = Object.entries(organisations ?? {});
  return new Set(each.map(([, its]) => its)).size > 1
    ? each.map(([body, its]) => `${body}${out.say('\u00a0: ', ': ')}${factText(name, its, zone, out)}`).join(', ')
    : factText(name, value, zone, out);
};

const serviceStyle: Readonly<Record<string, Style>> = {
  operational: 'green',
  degraded: 'yellow',
  restoring: 'yellow',
  outage: 'red',
};

export const serviceState = (status: string, out: Output): string => {
  const label = (serviceStatusLabels as Readonly<Record<string, StatusLabel>>)[status];
  return out.paint(serviceStyle[status] ?? 'dim', label ? labelled(label, out) : status);
};

const serviceRows = (status: Status, zone: string, out: Output): string[][] => {
  const rows = status.services.map(
    ({ organisation, service, status: state, workaround, publicNumber, workaroundDetail, since }) => {
      const kind = workaround ? valueLabel('kind', workaround)[out.language] : '';
      const help = [kind, publicNumber ?? '', workaroundDetail ?? ''].filter((each) => each !== '').join(' ');
      const cells = [
        serviceState(state, out),
        service,
        since ? out.say('depuis le ', 'since ') + absolute(since, zone, out.language) : '',
        help ? out.say('secours\u00a0: ', 'workaround: ') + help : '',
      ];
      return { cells, body: organisation };
    },
  );
  return mergeBodies(rows, status.organisations, 2, out);
};

const stepRow = ({ playbook, steps }: Status, out: Output): string[][] => {
  if (!playbook) return [];
  const counts: readonly (readonly [number, string])[] = [
    [steps.done, out.say('faites', 'done')],
    [steps.inProgress, out.say('en cours', 'in progress')],
    [steps.todo, out.say('à faire', 'to do')],
    [steps.blocked, out.say('bloquées', 'blocked')],
    [steps.unknown, out.say('sans réponse', 'unknown')],
    [steps.notApplicable, out.say('sans objet', 'not applicable')],
  ];
  return [
    [
      counts
        .filter(([count]) => count > 0)
        .map(([count, words]) => `${count} ${words}`)
        .join(' · '),
    ],
  ];
};

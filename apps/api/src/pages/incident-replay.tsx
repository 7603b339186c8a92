import {
  factLabels,
  isInstant,
  milestoneLabels,
  obligationStatusLabels,
  serviceStatusLabels,
  milestoneStateLabels,
  stepStatusLabels,
  valueLabel,
  type FactName,
  type IncidentDiff,
  type LocalText,
  type Milestone,
  type MilestoneState,
  type ServiceStatus,
  type StepStatus,
} from '#libs/domain';
import { incidentPath, type IncidentContext, type Replay } from './incident-context.js';
import type { Reader } from './reader.js';
import { wallValue } from './wall-time.js';

/** The auditor's bar: from event to event, or to a moment, on either axis. Works without script, and its address can be shared. */
export const ReplayBar = ({ context, replay }: { readonly context: IncidentContext; readonly replay: Replay }) => {
  const { reader, page } = context;
  const { place } = page;
  const path = incidentPath(page.view.incidentId);
  const go = (to: number | undefined): string | undefined =>
    to === undefined ? undefined : reader.link(path, { asOf: to, axis: replay.axis });
  return (
    <section aria-labelledby="replay" className="replay">
      <h2 id="replay">{reader.say('replay')}</h2>
      <p>
        <strong>{reader.at(page.at)}</strong> ·{' '}
        {place
          ? `${reader.say('replayEvent', { number: place.number, count: place.count, line: place.revision })} · `
          : ''}
        {reader.say(replay.axis === 'recorded' ? 'axisRecorded' : 'axisOccurred')}
      </p>
      <p>{reader.say('replayReadOnly')}</p>
      <nav aria-label={reader.say('replay')} className="no-print">
        <ul className="moves">
          <Move reader={reader} text={`«\u00a0${reader.say('first')}`} href={go(place?.first)} />
          <Move reader={reader} text={`‹ ${reader.say('previous')}`} href={go(place?.previous)} />
          <Move reader={reader} text={`${reader.say('next')} ›`} href={go(place?.next)} />
          <Move reader={reader} text={`${reader.say('last')}\u00a0»`} href={go(place?.last)} />
          <li>
            <a href={reader.link(path)}>{reader.say('present')}</a>
          </li>
        </ul>
      </nav>
      <form method="get" action={path} className="moment no-print">
        <fieldset className="radios">
          <legend>{reader.say('axis')}</legend>
          {(['recorded', 'occurred'] as const).map((axis) => (
            <label key={axis} className="option">
              <input type="radio" name="axis" value={axis} defaultChecked={replay.axis === axis} />{' '}
              {reader.say(axis === 'recorded' ? 'axisRecorded' : 'axisOccurred')}
            </label>
          ))}
        </fieldset>
        <p>
          <label htmlFor="replay-at">
            {reader.say('momentAt')}{' '}
            <span className="hint">{reader.say('zone', { zone: reader.settings.timeZone })}</span>
          </label>
          <input
            id="replay-at"
            type="datetime-local"
            name="at"
            defaultValue={wallValue(page.at, reader.settings.timeZone)}
          />
        </p>
        {reader.settings.chosen ? <input type="hidden" name="lang" value={reader.language} /> : null}
        <button className="quiet">{reader.say('show')}</button>
      </form>
      {page.changes ? <Changes reader={reader} changes={page.changes} /> : null}
      <p className="minor no-print">{reader.say('address')}</p>
    </section>
  );
};

const Move = ({
  text,
  href,
}: {
  readonly reader: Reader;
  readonly text: string;
  readonly href: string | undefined;
}) => <li>{href ? <a href={href}>{text}</a> : <span className="off">{text}</span>}</li>;

interface ChangeLine {
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

const Changes = ({ reader, changes }: { readonly reader: Reader; readonly changes: IncidentDiff }) => {
  const lines = changeLines(reader, changes);
  return (
    <div className="changes">
      <h3>{reader.say('changed')}</h3>
      {lines.length === 0 ? <p>{reader.say('changedNothing')}</p> : null}
      <ul>
        {lines.map(({ what, from, to }) => (
          <li key={`${what}${to}`}>
            <strong>{what}</strong>
            {reader.say('colon')}
            {from} → <mark>{to}</mark>
          </li>
        ))}
      </ul>
    </div>
  );
};

export const changeLines = (reader: Reader, changes: IncidentDiff): ChangeLine[] => {
  const none = '–';
  const say = (label: LocalText | undefined): string => (label ? reader.of(label) : none);
  const named = (name: string, organisation: string | undefined): string =>
    organisation ? `${name} (${organisation})` : name;
  const value = (fact: string, text: string | null): string =>
    text === null
      ? none
      : text
          .split('/')
          .map((part) => (isInstant(part) ? reader.at(part) : reader.of(valueLabel(fact, part))))
          .join(' – ');
  return [
    ...changes.milestones.map(({ milestone, organisation, from, to }) => ({
      what: named(say(milestoneLabels[milestone as Milestone]), organisation),
      from: say(milestoneStateLabels[from as MilestoneState]),
      to: say(milestoneStateLabels[to as MilestoneState]),
    })),
    ...changes.facts.map(({ fact, organisation, from, to }) => ({
      what: named(say(factLabels[fact as FactName]), organisation),
      from: value(fact, from),
      to: value(fact, to),
    })),
    ...changes.services.map(({ service, organisation, from, to }) => ({
      what: named(service, organisation),
      from: say(serviceStatusLabels[from as ServiceStatus]),
      to: say(serviceStatusLabels[to as ServiceStatus]),
    })),
    ...changes.steps.map(({ step, title, organisation, from, to }) => ({
      what: named(`${title} (${step})`, organisation),
      from: say(stepStatusLabels[from as StepStatus]),
      to: say(stepStatusLabels[to as StepStatus]),
    })),
    ...changes.obligations.map(({ title, organisation, state, dueAt }) => ({
      what: named(title, organisation),
      from: dueAt?.from ? reader.at(dueAt.from) : state.from ? say(obligationStatusLabels[state.from]) : none,
      to: [state.to ? say(obligationStatusLabels[state.to]) : none, dueAt?.to ? reader.at(dueAt.to) : undefined]
        .filter(Boolean)
        .join(', '),
    })),
    ...changes.corrections.map(({ text, insteadText, reason }) => ({
      what: reader.say('corrected'),
      from: text,
      to: insteadText ?? reason,
    })),
    ...changes.organisations.added.map((name) => ({ what: reader.say('organisations'), from: none, to: name })),
    ...(changes.status
      ? [
          {
            what: reader.say('state'),
            from: statusText(reader, changes.status.from),
            to: statusText(reader, changes.status.to),
          },
        ]
      : []),
  ];
};

const statusText = (reader: Reader, status: string | null): string =>
  reader.say(status === 'closed' ? 'closed' : 'open');

import { precisionLabels } from '#libs/domain';
import { canBeCorrected } from './corrections.js';
import { eventAnchor, incidentPath, type IncidentContext } from './incident-context.js';
import type { TimelineEntry } from './pages.port.js';
import { Time } from './symbols.js';

/** The logbook: one line for each event, with when it happened and when it was entered. */
export const Timeline = ({ context }: { readonly context: IncidentContext }) => {
  const { reader, page, replay } = context;
  const { entries, earlier } = page.timeline;
  const path = incidentPath(page.view.incidentId);
  return (
    <section aria-labelledby="timeline" className="timeline">
      <h2 id="timeline">{reader.say('timeline')}</h2>
      <p className="minor">{reader.say('timelineNote')}</p>
      <ol reversed className="entries">
        {entries.map((entry) => (
          <Entry key={entry.eventId} context={context} entry={entry} />
        ))}
      </ol>
      {earlier === undefined ? null : (
        <p className="links no-print">
          <a href={reader.link(path, { before: earlier, asOf: replay?.asOf, axis: replay?.axis }, 'timeline')}>
            {reader.say('earlier')}
          </a>
        </p>
      )}
    </section>
  );
};

/** What the engine recorded as a consequence: shown smaller than what people said and did. */
const AUTOMATIC = /^(Obligation|Deadline|Playbook|Step)/;

const Entry = ({ context, entry }: { readonly context: IncidentContext; readonly entry: TimelineEntry }) => {
  const { reader, page, replay } = context;
  const path = incidentPath(page.view.incidentId);
  const { revision, eventId, type, text, occurredAt, recordedAt, actor, saidBy, supersededBy, supersedes } = entry;
  const current = replay !== undefined && revision === page.place?.revision;
  const byId = new Map(page.timeline.entries.map((each) => [each.eventId, each.revision]));
  const correction = supersededBy
    ? (page.timeline.entries.find((each) => each.supersedes === eventId)?.revision ?? byId.get(supersededBy))
    : undefined;
  return (
    <li
      id={eventAnchor(revision)}
      value={revision}
      className={[current ? 'current' : '', AUTOMATIC.test(type) ? 'automatic' : ''].join(' ').trim() || undefined}
      aria-current={current ? 'true' : undefined}
    >
      <p className={supersededBy ? 'superseded' : undefined}>{supersededBy ? <del>{text}</del> : text}</p>
      <p className="minor">
        {reader.say('entryNumber', { number: revision })} · <Time reader={reader} at={occurredAt.at} />
        {occurredAt.precision === 'minute' ? '' : ` (${reader.of(precisionLabels[occurredAt.precision])})`} ·{' '}
        {reader.say('typed')}{' '}
        <Time
          reader={reader}
          at={recordedAt}
          text={reader.day(recordedAt) === reader.day(occurredAt.at) ? reader.time(recordedAt) : reader.at(recordedAt)}
        />
        {' · '}
        {saidBy ? `${saidBy.name} (${actor.name})` : actor.name}
        {supersededBy ? (
          <>
            {' · '}
            {reader.say('corrected')}
            {correction === undefined ? (
              ''
            ) : (
              <>
                {' – '}
                <a href={`#${eventAnchor(correction)}`}>
                  {reader.say('seeCorrection')} {reader.say('entryNumber', { number: correction })}
                </a>
              </>
            )}
          </>
        ) : null}
        {supersedes ? (
          <>
            {' '}
            ·{' '}
            {byId.has(supersedes) ? (
              <a href={`#${eventAnchor(byId.get(supersedes) ?? 0)}`}>{reader.say('replaces')}</a>
            ) : (
              reader.say('replaces')
            )}
          </>
        ) : null}
        <span className="act no-print">
          <a href={reader.link(path, { asOf: revision, axis: replay?.axis ?? 'recorded' })}>
            {reader.say('showAsOf')}
            <span className="visually-hidden"> – {reader.say('entryNumber', { number: revision })}</span>
          </a>
          {replay || supersededBy || !canBeCorrected(type) ? null : (
            <a href={reader.link(`${path}/commands/SupersedeFact`, { eventId })}>
              {reader.say('correct')}
              <span className="visually-hidden"> – {reader.say('entryNumber', { number: revision })}</span>
            </a>
          )}
        </span>
      </p>
    </li>
  );
};

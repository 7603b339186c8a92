import { canBeCorrected } from './corrections.js';
import { incidentPath, type IncidentContext } from './incident-context.js';
import { Time } from './symbols.js';

/** A correction begins with the entry that is wrong: the newest ones, to choose from. */
export const EntriesToCorrect = ({ context: { reader, page } }: { readonly context: IncidentContext }) => {
  const { entries, earlier } = page.timeline;
  const path = incidentPath(page.view.incidentId);
  const choices = entries.filter(({ type, supersededBy }) => canBeCorrected(type) && !supersededBy);
  return (
    <section aria-labelledby="which">
      <h2 id="which">{reader.say(choices.length > 0 ? 'whichEntry' : 'whichEntryNone')}</h2>
      <ul className="choices">
        {choices.map(({ eventId, revision, text, occurredAt }) => (
          <li key={eventId}>
            <a href={reader.link(`${path}/commands/SupersedeFact`, { eventId })}>{text}</a>{' '}
            <span className="minor">
              {reader.say('entryNumber', { number: revision })} · <Time reader={reader} at={occurredAt.at} />
            </span>
          </li>
        ))}
      </ul>
      {earlier === undefined ? null : (
        <p className="links">
          <a href={reader.link(path, { before: earlier }, 'timeline')}>{reader.say('earlier')}</a>
        </p>
      )}
    </section>
  );
};

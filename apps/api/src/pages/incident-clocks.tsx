import { causeOf, obligationStatusLabels, type ObligationView } from '#libs/domain';
import { commandPath, type IncidentContext } from './incident-context.js';
import { ChangedHere, Status, Time } from './symbols.js';
import { span } from './wall-time.js';

/** The nearest ones are always in sight; with many bodies the others are folded. */
const CLOCKS_SHOWN = 4;

/** Legal clocks: absolute time first, then what is left. */
export const Clocks = ({ context }: { readonly context: IncidentContext }) => {
  const { reader, page } = context;
  const isOpen = ({ state }: ObligationView): boolean => state === 'open' || state === 'missed';
  const open = page.obligations.filter(isOpen);
  const closed = page.obligations.filter((obligation) => !isOpen(obligation));
  return (
    <section aria-labelledby="clocks">
      <h2 id="clocks">{reader.say('clocks')}</h2>
      {open.length === 0 ? (
        <p>{reader.say('clocksNone')}</p>
      ) : (
        <ClockList context={context} obligations={open.slice(0, CLOCKS_SHOWN)} />
      )}
      {open.length > CLOCKS_SHOWN ? (
        <details className="on-paper">
          <summary>
            {reader.say('otherClocks')} ({open.length - CLOCKS_SHOWN})
          </summary>
          <ClockList context={context} obligations={open.slice(CLOCKS_SHOWN)} />
        </details>
      ) : null}
      {closed.length > 0 ? (
        <details className="on-paper">
          <summary>
            {reader.say('clocksClosed')} ({closed.length})
          </summary>
          <ClockList context={context} obligations={closed} />
        </details>
      ) : null}
      {context.replay || page.obligations.length === 0 ? null : (
        <p className="links no-print">
          <a href={commandPath(context, 'EstablishBreachAwareness')}>
            {reader.language === 'fr' ? 'Dater la prise de connaissance' : 'Date the awareness'}
          </a>
          <a href={commandPath(context, 'WaiveObligation')}>
            {reader.language === 'fr' ? 'Écarter une échéance' : 'Set a deadline aside'}
          </a>
          <a href={commandPath(context, 'JustifyLateness')}>
            {reader.language === 'fr' ? 'Justifier un retard' : 'Justify lateness'}
          </a>
        </p>
      )}
    </section>
  );
};

const ClockList = ({
  context,
  obligations,
}: {
  readonly context: IncidentContext;
  readonly obligations: readonly ObligationView[];
}) => (
  <ul className="clocks">
    {obligations.map((obligation) => (
      <Clock key={`${obligation.organisation.id}|${obligation.rule}`} context={context} obligation={obligation} />
    ))}
  </ul>
);

const Clock = ({
  context: { reader, page },
  obligation,
}: {
  readonly context: IncidentContext;
  readonly obligation: ObligationView;
}) => {
  const { state, title, organisation, dueAt, provisional, legalBasis, startAt, reason, remainingSeconds } = obligation;
  const several = page.view.organisations.length > 1;
  const changed = page.changes?.obligations.some(
    (each) => each.rule === obligation.rule && each.organisation === organisation.name,
  );
  return (
    <li className={`clock clock-${state}`}>
      <p className="clock-title">
        <strong>{title}</strong>
        {several ? ` – ${organisation.name}` : ''} {changed ? <ChangedHere reader={reader} /> : null}
      </p>
      <p>
        {dueAt ? (
          <>
            {reader.say('before')} <Time reader={reader} at={dueAt} />
            {remainingSeconds === undefined
              ? null
              : ` (${reader.say(remainingSeconds < 0 ? 'past' : 'left', { span: span(remainingSeconds, reader.language) })})`}
          </>
        ) : (
          reader.say('noTerm')
        )}{' '}
        · <Status reader={reader} label={obligationStatusLabels[state]} kind={state} />
        {provisional ? ` · ${reader.say('provisional')}` : ''}
      </p>
      <p className="minor">
        {reader.say('from')} <Time reader={reader} at={startAt} /> · {legalBasis}
        {reason ? ` · ${causeOf(reason, reader.language) ?? reason}` : ''}
      </p>
    </li>
  );
};

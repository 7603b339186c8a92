import { MILESTONES, milestoneLabels, milestoneStateLabels, ruleLabels, valueLabel } from '#libs/domain';
import { CommandForm, ErrorSummary } from './command-form.js';
import type { FormState } from './form-state.js';
import { incidentPath } from './incident-context.js';
import { Page } from './page.js';
import type { BoardItem, BoardPage, ScenarioChoice } from './pages.port.js';
import type { Reader } from './reader.js';
import { Status, Time } from './symbols.js';
import { span } from './wall-time.js';

interface BoardProps extends BoardPage {
  readonly reader: Reader;
  readonly scenarios: readonly ScenarioChoice[];
  readonly form: FormState;
}

/** What is going on, the nearest deadline first; what is over; and the two things that can be started here. */
export const BoardPageView = ({ reader, current, past, scenarios, form }: BoardProps) => {
  const isFirst = current !== undefined && past !== undefined;
  const isEmpty = isFirst && current.items.length === 0;
  return (
    <Page reader={reader} title={reader.say('board')}>
      <h1>{reader.say(isEmpty ? 'emptyTitle' : current ? 'openIncidents' : 'olderIncidents')}</h1>
      <ErrorSummary form={form} />
      {isEmpty ? <p className="lead">{reader.say('empty')}</p> : null}
      {isFirst ? null : <Onward reader={reader} to={{}} text="wholeBoard" />}
      {current && !isEmpty ? <Cards reader={reader} items={current.items} /> : null}
      {current?.next ? <Onward reader={reader} to={{ more: current.next }} text="moreOpenIncidents" /> : null}
      {isFirst ? <Declare reader={reader} form={form} /> : null}
      <Listed reader={reader} name="closedIncidents" items={past?.items.filter(({ exercise }) => !exercise) ?? []} />
      {isFirst ? <Practise reader={reader} scenarios={scenarios} /> : null}
      <Listed reader={reader} name="exercises" items={past?.items.filter(({ exercise }) => exercise) ?? []} />
      {past?.next ? <Onward reader={reader} to={{ before: past.next }} text="olderIncidents" /> : null}
    </Page>
  );
};

const Declare = ({ reader, form }: { readonly reader: Reader; readonly form: FormState }) => (
  <section aria-labelledby="declare" className="declare no-print">
    <h2 id="declare">{reader.say('declare')}</h2>
    <p className="hint">{reader.say('declareHint')}</p>
    <CommandForm
      form={form}
      action={reader.link('/incidents')}
      first={['title']}
      button={reader.say('declareButton')}
    />
  </section>
);

const Practise = ({
  reader,
  scenarios,
}: {
  readonly reader: Reader;
  readonly scenarios: readonly ScenarioChoice[];
}) => (
  <section aria-labelledby="practise" className="no-print">
    <h2 id="practise">{reader.say('practise')}</h2>
    <form method="post" action={reader.link('/exercises')} className="command">
      <input type="hidden" name="key" value={reader.settings.newKey()} />
      <fieldset className="field radios tall">
        <legend>{reader.say('practiseWhich')}</legend>
        <span className="hint">{reader.say('practiseHint')}</span>
        {scenarios.map(({ id, title }, index) => (
          <label key={id} className="option">
            <input type="radio" name="scenario" value={id} defaultChecked={index === 0} /> {title}
          </label>
        ))}
      </fieldset>
      <button className="quiet">{reader.say('practiseButton')}</button>
    </form>
  </section>
);

const Listed = ({
  reader,
  name,
  items,
}: {
  readonly reader: Reader;
  readonly name: 'closedIncidents' | 'exercises';
  readonly items: readonly BoardItem[];
}) =>
  items.length === 0 ? null : (
    <section aria-labelledby={name}>
      <h2 id={name}>{reader.say(name)}</h2>
      <Cards reader={reader} items={items} />
    </section>
  );

const Onward = ({
  reader,
  to,
  text,
}: {
  readonly reader: Reader;
  readonly to: Readonly<Record<string, string>>;
  readonly text: 'wholeBoard' | 'moreOpenIncidents' | 'olderIncidents';
}) => (
  <p className="links no-print">
    <a href={reader.link('/', to)}>{reader.say(text)}</a>
  </p>
);

const Cards = ({ reader, items }: { readonly reader: Reader; readonly items: readonly BoardItem[] }) => (
  <ul className="cards">
    {items.map((item) => (
      <Card key={item.incidentId} reader={reader} item={item} />
    ))}
  </ul>
);

/** Until the next clock runs out; the time of a scenario that was played stands still at its last entry. */
const leftMs = ({ nextClock, scenario, lastEventAt }: BoardItem, reader: Reader): number =>
  nextClock ? Date.parse(nextClock.dueAt) - Date.parse(scenario ? lastEventAt : reader.settings.now) : 0;

const Card = ({ reader, item }: { readonly reader: Reader; readonly item: BoardItem }) => {
  const { title, kind, organisations, exercise, nextClock, servicesOut, lastEntry, lastEventAt, status } = item;
  return (
    <li className={exercise ? 'card exercise-card' : 'card'}>
      <p className="card-title">
        {exercise ? <strong className="tag">{reader.say('exercise')}</strong> : null}{' '}
        <a href={reader.link(incidentPath(item.incidentId))}>{title}</a>
      </p>
      <p>
        {kind === 'unknown' ? reader.say('kindUnknown') : reader.of(valueLabel('kind', kind))} ·{' '}
        {organisations.map(({ name }) => name).join(', ')}
        {status === 'closed' ? ` · ${reader.say('closed')}` : ''}
      </p>
      <dl>
        <div>
          <dt>{reader.say('nextClock')}</dt>
          <dd>
            {nextClock ? (
              <>
                {reader.say('before')}{' '}
                <strong>
                  <Time reader={reader} at={nextClock.dueAt} />
                </strong>
                {` – ${ruleLabels[nextClock.rule] ? reader.of(ruleLabels[nextClock.rule] ?? { fr: '', en: '' }) : nextClock.rule}`}
                {organisations.length > 1 ? ` (${nextClock.organisation})` : ''}
                {nextClock.provisional ? ` · ${reader.say('provisional')}` : ''}
                {leftMs(item, reader) < 0
                  ? ` · ${reader.say('past', { span: span(leftMs(item, reader) / 1000, reader.language) })}`
                  : ''}
              </>
            ) : (
              reader.say('noClock')
            )}
          </dd>
        </div>
        <div>
          <dt>{reader.say('servicesOut')}</dt>
          <dd>{servicesOut}</dd>
        </div>
        <div>
          <dt>{reader.say('lastEntry')}</dt>
          <dd>
            <Time reader={reader} at={lastEventAt} />
            {lastEntry ? ` – ${lastEntry}` : ''}
          </dd>
        </div>
      </dl>
      <ul className="marks">
        {MILESTONES.map((milestone) => {
          const state = item.milestones[milestone]?.state ?? 'unknown';
          return (
            <li key={milestone}>
              {reader.of(milestoneLabels[milestone])} –{' '}
              <Status reader={reader} label={milestoneStateLabels[state]} kind={state} />
            </li>
          );
        })}
      </ul>
    </li>
  );
};

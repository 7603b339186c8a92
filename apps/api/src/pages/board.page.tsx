import { MILESTONES, milestoneLabels, milestoneStateLabels, ruleLabels } from '#libs/domain';
import { CommandForm, ErrorSummary } from './command-form.js';
import type { FormState } from './form-state.js';
import { incidentPath } from './incident-context.js';
import { Page } from './page.js';
import type { BoardItem, ScenarioChoice } from './pages.port.js';
import type { Reader } from './reader.js';
import { kindText, Status, Time } from './symbols.js';
import { span } from './wall-time.js';

interface BoardProps {
  readonly reader: Reader;
  readonly items: readonly BoardItem[];
  readonly scenarios: readonly ScenarioChoice[];
  readonly form: FormState;
  /** False for a page of older incidents. */
  readonly isFirst: boolean;
  /** Cursor of older incidents. */
  readonly next?: string;
}

/** All incidents, the nearest deadline first, and the two things that can be started here. */
export const BoardPageView = ({ reader, items, scenarios, form, isFirst, next }: BoardProps) => {
  const open = items.filter(({ status, exercise }) => status === 'open' && !exercise).toSorted(byClock);
  const exercises = items.filter(({ exercise }) => exercise);
  const closed = items.filter(({ status, exercise }) => status === 'closed' && !exercise);
  return (
    <Page
      reader={reader}
      title={form.refusal ? `${reader.say('error')} – ${reader.say('board')}` : reader.say('board')}
    >
      <h1>{open.length === 0 && isFirst ? reader.say('emptyTitle') : reader.say('openIncidents')}</h1>
      <ErrorSummary form={form} />
      {items.length > 0 ? <p className="minor">{reader.say('timesOf', { zone: reader.settings.timeZone })}</p> : null}
      {open.length === 0 ? (
        <p className="lead">{reader.say(isFirst ? 'empty' : 'noMoreIncidents')}</p>
      ) : (
        <Cards reader={reader} items={open} />
      )}
      <Pages reader={reader} isFirst={isFirst} next={next} />
      <Declare reader={reader} form={form} />
      {closed.length > 0 ? (
        <section aria-labelledby="closed">
          <h2 id="closed">{reader.say('closedIncidents')}</h2>
          <Cards reader={reader} items={closed} />
        </section>
      ) : null}
      <Exercises reader={reader} items={exercises} scenarios={scenarios} />
    </Page>
  );
};

const Pages = ({
  reader,
  isFirst,
  next,
}: {
  readonly reader: Reader;
  readonly isFirst: boolean;
  readonly next: string | undefined;
}) =>
  isFirst && next === undefined ? null : (
    <p className="links no-print">
      {isFirst ? null : <a href={reader.link('/')}>{reader.say('newestIncidents')}</a>}{' '}
      {next === undefined ? null : <a href={reader.link('/', { before: next })}>{reader.say('olderIncidents')}</a>}
    </p>
  );

const byClock = (left: BoardItem, right: BoardItem): number =>
  dueMs(left) - dueMs(right) || right.declaredAt.localeCompare(left.declaredAt);
const dueMs = ({ nextClock }: BoardItem): number => (nextClock ? Date.parse(nextClock.dueAt) : Number.MAX_SAFE_INTEGER);

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

const Exercises = ({
  reader,
  items,
  scenarios,
}: {
  readonly reader: Reader;
  readonly items: readonly BoardItem[];
  readonly scenarios: readonly ScenarioChoice[];
}) => (
  <section aria-labelledby="exercises">
    <h2 id="exercises">{reader.say('practise')}</h2>
    <form method="post" action={reader.link('/exercises')} className="no-print command">
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
    {items.length > 0 ? (
      <>
        <h3>{reader.say('exercises')}</h3>
        <Cards reader={reader} items={items} />
      </>
    ) : null}
  </section>
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
  const { title, organisations, exercise, nextClock, servicesOut, lastEntry, lastEventAt, status } = item;
  return (
    <li className={exercise ? 'card exercise-card' : 'card'}>
      <p className="card-title">
        {exercise ? <strong className="tag">{reader.say('exercise')}</strong> : null}{' '}
        <a href={reader.link(incidentPath(item.incidentId))}>{title}</a>
      </p>
      <p>
        {kindText(reader, item.kind, item.attackType)} · {organisations.map(({ name }) => name).join(', ')}
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

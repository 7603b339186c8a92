import { eventLabels } from '#libs/domain';
import { CommandForm } from './command-form.js';
import { Clocks } from './incident-clocks.js';
import { CommandMenu } from './incident-commands.js';
import { blankForm, commandPath, incidentPath, stepAnchor, type IncidentContext } from './incident-context.js';
import { Facts } from './incident-facts.js';
import { Milestones } from './incident-milestones.js';
import { NextActions } from './incident-now.js';
import { ReplayBar } from './incident-replay.js';
import { Services } from './incident-services.js';
import { Steps } from './incident-steps.js';
import { Timeline } from './incident-timeline.js';
import type { Notice } from './notices.js';
import { Page } from './page.js';
import { kindText, Time } from './symbols.js';

/** One incident: what to do now first, then where it stands, then how it came to this. */
export const IncidentPageView = ({
  context,
  notice,
}: {
  readonly context: IncidentContext;
  readonly notice?: Notice;
}) => {
  const { reader, page, replay } = context;
  const { view } = page;
  return (
    <Page
      reader={reader}
      title={replay ? `${reader.say('replay')}, ${reader.at(page.at)} – ${view.title}` : view.title}
      exercise={view.exercise}
    >
      <IncidentHead context={context} />
      {notice ? <NoticeBox context={context} notice={notice} /> : null}
      {replay ? <ReplayBar context={context} replay={replay} /> : null}
      <Contents context={context} />
      <div className="columns">
        <div>
          <Clocks context={context} />
          {replay ? null : <NextActions context={context} />}
          <Milestones context={context} />
          <Services context={context} />
          <Facts context={context} />
          <Steps context={context} />
          {replay ? null : <CommandMenu context={context} />}
        </div>
        <div>
          {replay ? null : <QuickEntry context={context} />}
          <Timeline context={context} />
        </div>
      </div>
    </Page>
  );
};

const IncidentHead = ({ context }: { readonly context: IncidentContext }) => {
  const { reader, page, replay } = context;
  const { view } = page;
  const { crisisCell } = view;
  return (
    <div className="head">
      <h1>{view.title}</h1>
      <p>
        {kindText(reader, view.kind, view.facts.attackType.value)} ·{' '}
        {view.organisations.map(({ name }) => name).join(', ')} ·{' '}
        {reader.say(view.status === 'open' ? 'open' : 'closed')} · {reader.say('declaredAt')}{' '}
        <Time reader={reader} at={view.declaredAt} />
      </p>
      <p className="minor">
        {reader.say('crisisCell')}{' '}
        {crisisCell.open
          ? reader.say('crisisOpen', { at: crisisCell.since ? reader.at(crisisCell.since) : '' })
          : reader.say('crisisClosed')}
        {crisisCell.open && crisisCell.location ? ` – ${crisisCell.location}` : ''} ·{' '}
        {reader.say('zone', { zone: reader.settings.timeZone })}
      </p>
      {replay ? null : (
        <p className="links no-print">
          <a href={reader.link(incidentPath(view.incidentId), { asOf: page.latestRevision, axis: 'recorded' })}>
            {reader.say('replayStart')}
          </a>
        </p>
      )}
    </div>
  );
};

/** Writing comes first: on a phone its form stands below everything else that is long. */
const SECTIONS = [
  'write',
  'clocks',
  'now',
  'milestones',
  'services',
  'facts',
  'steps',
  'commands',
  'timeline',
] as const;

/** Nothing of these in a replay. */
const WRITING: ReadonlySet<string> = new Set(['write', 'now', 'commands']);

const Contents = ({ context: { reader, replay } }: { readonly context: IncidentContext }) => (
  <nav aria-label={reader.say('contents')} className="contents no-print">
    <ul>
      {SECTIONS.filter((section) => !replay || !WRITING.has(section)).map((section) => (
        <li key={section}>
          <a href={`#${section}`}>{reader.say(section)}</a>
        </li>
      ))}
    </ul>
  </nav>
);

/** The ten-second entry: one line, the time is filled in. */
const QuickEntry = ({ context }: { readonly context: IncidentContext }) => {
  const { reader } = context;
  return (
    <section aria-labelledby="write" className="quick no-print">
      <h2 id="write">{reader.say('write')}</h2>
      <CommandForm
        form={{ ...blankForm(context, 'RecordLogbookEntry', 'quick'), typed: { kind: 'fact' } }}
        action={commandPath(context, 'RecordLogbookEntry')}
        first={['text', 'kind']}
        short
        button={reader.say('writeButton')}
      />
    </section>
  );
};

/** What the last form did, and the way back to the step that it was about. */
export const NoticeBox = ({ context, notice }: { readonly context: IncidentContext; readonly notice: Notice }) => {
  const { reader, page } = context;
  const { fact, warnings } = notice;
  const step = page.steps.find((each) => each.step === notice.step);
  const several = step?.organisation !== undefined && page.view.organisations.length > 1;
  return (
    <div className="notice" role="status" id="notice" tabIndex={-1}>
      <p>
        <strong>
          {fact === undefined
            ? reader.say('recordedNothing')
            : `${reader.say('recorded')}${reader.say('colon')}${reader.of(eventLabels[fact])}`}
        </strong>
      </p>
      {warnings.length > 0 ? (
        <ul>
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      ) : null}
      {step ? (
        <p className="links">
          <a href={`#${stepAnchor(step.step, several ? step.organisation : undefined)}`}>
            {reader.say('backToStep', { step: `${step.title} (${step.step})` })}
          </a>
        </p>
      ) : null}
    </div>
  );
};

import {
  commandLabels,
  MILESTONES,
  milestoneLabels,
  milestoneStateLabels,
  precisionLabels,
  type IncidentCommandType,
  type Milestone,
  type MilestoneState,
} from '#libs/domain';
import { CommandForm } from './command-form.js';
import { blankForm, commandPath, type IncidentContext } from './incident-context.js';
import { ChangedHere, Status, Time } from './symbols.js';

/** The command that comes next for a milestone, and the fields that its short form shows. */
const commandOf = (
  milestone: Milestone,
  state: MilestoneState,
): { readonly command: IncidentCommandType; readonly first: readonly string[] } => {
  switch (milestone) {
    case 'detected':
      return { command: 'RecordDetection', first: ['detectedBy', 'trigger', 'occurredAt'] };
    case 'systemsShutDown':
      return { command: 'ShutDownSystems', first: ['scope', 'decidedBy', 'organisations'] };
    case 'anssiContacted':
      return { command: 'ContactAnssi', first: ['channel', 'reference', 'organisations'] };
    case 'complaintFiled':
      return { command: 'FileComplaint', first: ['filedWith', 'receipt', 'organisations'] };
    case 'cnilNotified':
      return { command: 'NotifyCnil', first: ['kind', 'reference', 'organisations'] };
    case 'restoration':
      if (state === 'started' || state === 'done')
        return { command: 'CompleteRestoration', first: ['summary', 'organisations'] };
      return state === 'intended'
        ? { command: 'StartRestoration', first: ['scope', 'organisations'] }
        : { command: 'PlanRestoration', first: ['scenario', 'organisations'] };
  }
};

/** The six milestones in the order in which they are shown; none is forced. */
export const Milestones = ({ context }: { readonly context: IncidentContext }) => {
  const { reader, replay } = context;
  return (
    <section aria-labelledby="milestones">
      <h2 id="milestones">{reader.say('milestones')}</h2>
      {replay ? null : <p className="minor">{reader.say('milestonesNote')}</p>}
      <ol className="milestones">
        {MILESTONES.map((milestone) => (
          <MilestoneRow key={milestone} context={context} milestone={milestone} />
        ))}
      </ol>
    </section>
  );
};

const MilestoneRow = ({ context, milestone }: { readonly context: IncidentContext; readonly milestone: Milestone }) => {
  const { reader, page, replay } = context;
  const { state, at, precision, by, organisations } = page.view.milestones[milestone];
  const changed = page.changes?.milestones.some((each) => each.milestone === milestone);
  return (
    <li className={`milestone milestone-${state}`}>
      <h3>
        {reader.of(milestoneLabels[milestone])} {changed ? <ChangedHere reader={reader} /> : null}
      </h3>
      <p>
        <Status reader={reader} label={milestoneStateLabels[state]} kind={state} />
        {at ? (
          <>
            {' '}
            · <Time reader={reader} at={at} />
            {precision ? ` (${reader.of(precisionLabels[precision])})` : ''}
          </>
        ) : null}
        {by ? ` · ${by}` : ''}
      </p>
      {organisations ? (
        <ul className="bodies minor">
          {Object.entries(organisations).map(([name, each]) => (
            <li key={name}>
              {name} – <Status reader={reader} label={milestoneStateLabels[each]} kind={each} />
            </li>
          ))}
        </ul>
      ) : null}
      {replay ? null : <MilestoneForm context={context} milestone={milestone} state={state} />}
    </li>
  );
};

const MilestoneForm = ({
  context,
  milestone,
  state,
}: {
  readonly context: IncidentContext;
  readonly milestone: Milestone;
  readonly state: MilestoneState;
}) => {
  const { reader } = context;
  const { command, first } = commandOf(milestone, state);
  return (
    <details>
      <summary>{reader.of(commandLabels[command])}</summary>
      <p className="hint">{reader.of(commandLabels[command].help)}</p>
      <CommandForm
        form={blankForm(context, command, `m-${milestone}`)}
        action={commandPath(context, command)}
        first={first}
        short
      />
      <p className="links">
        <a href={commandPath(context, command)}>
          {reader.say('moreFields')}
          <span className="visually-hidden"> – {reader.of(commandLabels[command])}</span>
        </a>
      </p>
    </details>
  );
};

import { roleLabel, stepStatusLabels, type StepView } from '#libs/domain';
import { commandPath, incidentPath, stepAnchor, type IncidentContext } from './incident-context.js';
import { gateButton, GateNote } from './incident-gate.js';
import { ChangedHere, Status, Time } from './symbols.js';

/** The playbook as a check list, in its phases. */
export const Steps = ({ context }: { readonly context: IncidentContext }) => {
  const { reader, page } = context;
  const phases = [...new Set(page.steps.map(({ phase }) => phase))];
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">{reader.say('steps')}</h2>
      {page.steps.length === 0 ? (
        <p>{reader.say('stepsNone')}</p>
      ) : (
        <p className="minor">{reader.say('stepsCount', page.view.steps)}</p>
      )}
      {phases.map((phase) => (
        <div key={phase}>
          <h3>{phase}</h3>
          <ul className="steps">
            {page.steps
              .filter((step) => step.phase === phase)
              .map((step) => (
                <Step key={`${step.step}|${step.organisation ?? ''}`} context={context} step={step} />
              ))}
          </ul>
        </div>
      ))}
    </section>
  );
};

const Step = ({ context, step }: { readonly context: IncidentContext; readonly step: StepView }) => {
  const { reader, page, replay } = context;
  const several = step.organisation !== undefined && page.view.organisations.length > 1;
  const changed = page.changes?.steps.some(
    (each) => each.step === step.step && (each.organisation ?? step.organisation) === step.organisation,
  );
  return (
    <li id={stepAnchor(step.step, several ? step.organisation : undefined)} className={`step step-${step.state}`}>
      <details>
        <summary>
          <Status reader={reader} label={stepStatusLabels[step.state]} kind={step.state} />{' '}
          <span className="step-title">
            {step.title}
            {several ? ` – ${step.organisation}` : ''}
          </span>{' '}
          <StepFacts context={context} step={step} /> {changed ? <ChangedHere reader={reader} /> : null}
        </summary>
        <dl className="advice">
          <dt>{reader.say('why')}</dt>
          <dd>{step.why}</dd>
          <dt>{reader.say('how')}</dt>
          <dd>{step.how}</dd>
          <dt>{reader.say('proof')}</dt>
          <dd>{step.evidenceToKeep}</dd>
        </dl>
        {replay ? null : page.steps.length > STEPS_WITH_FORMS_MAX ? (
          <StepLinks context={context} step={step} />
        ) : (
          <StepForm context={context} step={step} />
        )}
      </details>
    </li>
  );
};

const StepFacts = ({ context: { reader }, step }: { readonly context: IncidentContext; readonly step: StepView }) => {
  const { role, assignee, since, by, state, dueAt, waitsFor, blockedBy, applies, needsReview, reason, evidence } = step;
  const who = assignee?.name ?? (assignee?.role === undefined ? undefined : reader.of(roleLabel(assignee.role)));
  const open = state === 'todo' || state === 'in_progress' || state === 'blocked' || state === 'unknown';
  const parts = [
    who ? reader.say('assignedTo', { name: who }) : reader.of(roleLabel(role)),
    by && !open ? reader.say('byWhom', { name: by }) : undefined,
    reason,
    evidence,
    open && !applies ? reader.say('doesNotApply') : undefined,
    open && blockedBy.length > 0
      ? reader.say('blockedBy', { steps: blockedBy.map((each) => each.step).join(', ') })
      : undefined,
    open && waitsFor.length > 0 ? reader.say('waitsFor', { steps: waitsFor.join(', ') }) : undefined,
    needsReview ? reader.say('review') : undefined,
  ].filter((part) => part !== undefined && part !== '');
  return (
    <span className="minor">
      {step.step} · {parts.join(' · ')}
      {since && !open ? (
        <>
          {' '}
          · <Time reader={reader} at={since} />
        </>
      ) : null}
      {dueAt && open ? (
        <>
          {' '}
          · {reader.say('before')} <Time reader={reader} at={dueAt} />
        </>
      ) : null}
    </span>
  );
};

/** Beyond, a form for each step of each body would make the page too heavy for a slow line: links take their place. */
const STEPS_WITH_FORMS_MAX = 200;

const StepLinks = ({ context, step }: { readonly context: IncidentContext; readonly step: StepView }) => {
  const { reader, page } = context;
  const query = { step: step.step, organisation: step.organisation };
  const path = `${incidentPath(page.view.incidentId)}/commands`;
  return (
    <p className="links no-print">
      {[...OPEN_ANSWERS, ['ReopenStep', 'stepReopen'] as const].map(([command, text]) => (
        <a key={command} href={reader.link(`${path}/${command}`, query)}>
          {reader.say(text)}
          <span className="visually-hidden"> – {step.title}</span>
        </a>
      ))}
    </p>
  );
};

/** One form: the button that is pressed is the answer. */
const StepForm = ({ context, step }: { readonly context: IncidentContext; readonly step: StepView }) => {
  const { reader, page } = context;
  const id = `f-${stepAnchor(step.step, step.organisation)}`;
  const several = page.view.organisations.length > 1 && step.organisation !== undefined;
  const held = step.blockedBy.length > 0 && step.state !== 'done' && step.state !== 'not_applicable';
  const answers = step.state === 'todo' || step.state === 'in_progress' ? OPEN_ANSWERS : CLOSED_ANSWERS;
  return (
    <form
      method="post"
      action={commandPath(context, 'CompleteStep')}
      className="command"
      noValidate
      aria-label={reader.say('stepAnswer', { step: several ? `${step.title} – ${step.organisation}` : step.title })}
    >
      <input type="hidden" name="key" value={reader.settings.newKey()} />
      <input type="hidden" name="step" value={step.step} />
      {several ? <input type="hidden" name="organisation" value={step.organisation} /> : null}
      {held ? <input type="hidden" name="gate" value={step.step} /> : null}
      <div className="pair">
        <div>
          <label className="minor" htmlFor={`${id}-evidence`}>
            {reader.say('proof')}
          </label>
          <input id={`${id}-evidence`} name="evidence" defaultValue="" autoComplete="off" />
        </div>
        <div>
          <label className="minor" htmlFor={`${id}-reason`}>
            {reader.language === 'fr' ? 'Motif ou remarque' : 'Reason or note'}
          </label>
          <input id={`${id}-reason`} name="reason" defaultValue="" autoComplete="off" />
        </div>
      </div>
      {held ? <GateNote context={context} step={step} /> : null}
      <p className="buttons">
        {answers.map(([command, text]) => (
          <button
            key={command}
            formAction={commandPath(context, command)}
            className={command === 'CompleteStep' ? undefined : 'quiet'}
          >
            {reader.say(text)}
          </button>
        ))}
        {held ? (
          <button formAction={commandPath(context, 'OverrideGate')} className="quiet">
            {gateButton(reader)}
          </button>
        ) : null}
        <a
          href={reader.link(`${incidentPath(page.view.incidentId)}/commands/AssignStep`, {
            step: step.step,
            organisation: several ? step.organisation : undefined,
          })}
        >
          {reader.language === 'fr' ? 'Confier à quelqu’un' : 'Assign to somebody'}
        </a>
      </p>
    </form>
  );
};

const OPEN_ANSWERS = [
  ['CompleteStep', 'stepDone'],
  ['StartStep', 'stepStart'],
  ['MarkStepUnknown', 'stepUnknown'],
  ['MarkStepNotApplicable', 'stepNotApplicable'],
  ['BlockStep', 'stepBlocked'],
] as const;

const CLOSED_ANSWERS = [
  ['CompleteStep', 'stepDone'],
  ['ReopenStep', 'stepReopen'],
  ['MarkStepNotApplicable', 'stepNotApplicable'],
] as const;

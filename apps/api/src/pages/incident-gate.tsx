import type { LocalText, StepView } from '#libs/domain';
import { commandPath, incidentPath, stepAnchor, type IncidentContext } from './incident-context.js';
import type { Reader } from './reader.js';

/** What each kind of gate keeps from going wrong. A playbook may name no other. */
const PROTECTS: Readonly<Record<string, LocalText>> = {
  evidence: {
    fr: 'Des preuves écrasées ne reviennent pas, et la plainte en a besoin.',
    en: 'Evidence that was overwritten does not come back, and the complaint needs it.',
  },
  mandate: {
    fr: 'Une plainte signée par la mauvaise personne peut ne pas compter.',
    en: 'A complaint signed by the wrong person may not count.',
  },
  awareness: {
    fr: 'La CNIL demande quand et comment la violation a été connue.',
    en: 'The CNIL asks when and how the breach became known.',
  },
};

/** Why a step is held back, and that a person may decide otherwise. */
export const GateNote = ({ context, step }: { readonly context: IncidentContext; readonly step: StepView }) => {
  const { reader, page } = context;
  return (
    <div className="gate">
      {step.blockedBy.map(({ step: missing, gate }) => (
        <p key={missing}>
          {reader.say('gateWaits')} <a href={stepHref(context, missing)}>{titleOf(page.steps, missing)}</a>{' '}
          {`(${missing}). `}
          {PROTECTS[gate] ? reader.of(PROTECTS[gate]) : null}
        </p>
      ))}
      <p>{reader.say('gateOverride')}</p>
    </div>
  );
};

const titleOf = (steps: readonly StepView[], step: string): string =>
  steps.find((each) => each.step === step)?.title ?? step;

const stepHref = ({ reader, page }: IncidentContext, step: string): string => {
  const found = page.steps.find((each) => each.step === step);
  const several = found?.organisation !== undefined && page.view.organisations.length > 1;
  const anchor = stepAnchor(step, several ? found?.organisation : undefined);
  return reader.link(incidentPath(page.view.incidentId), {}, anchor);
};

/** On the page of a refused answer: the way through, with a reason of one's own. */
export const GateForm = ({
  context,
  step,
  reason,
}: {
  readonly context: IncidentContext;
  readonly step: StepView;
  readonly reason: string;
}) => {
  const { reader } = context;
  return (
    <form method="post" action={commandPath(context, 'OverrideGate')} className="command gate-form" noValidate>
      <GateNote context={context} step={step} />
      <input type="hidden" name="key" value={reader.settings.newKey()} />
      <input type="hidden" name="gate" value={step.step} />
      <div className="field">
        <label htmlFor="gate-reason">{reader.say('gateReason')}</label>
        <textarea id="gate-reason" name="reason" rows={2} defaultValue={reason} />
      </div>
      <button className="quiet">{gateButton(reader)}</button>
    </form>
  );
};

export const gateButton = (reader: Reader): string => reader.say('gateButton');

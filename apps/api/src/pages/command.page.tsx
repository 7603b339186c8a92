import { commandLabels } from '#libs/domain';
import { CommandForm, ErrorSummary } from './command-form.js';
import { typedAt, type FormState } from './form-state.js';
import { commandPath, incidentPath, type IncidentContext } from './incident-context.js';
import { EntriesToCorrect } from './entries-to-correct.js';
import { GateForm } from './incident-gate.js';
import { Page } from './page.js';
import type { RecordedFact } from './pages.port.js';

interface CommandPageProps {
  readonly context: IncidentContext;
  readonly form: FormState;
  readonly fact?: RecordedFact;
}

/** One command with all its fields; here a refused form comes back with what was typed. */
export const CommandPageView = ({ context, form, fact }: CommandPageProps) => {
  const { reader, page } = context;
  const { view } = page;
  const label = commandLabels[form.command];
  const title = reader.of(label);
  const held = form.refusal?.code === 'gate-closed' ? stepOf(context, form) : undefined;
  return (
    <Page
      reader={reader}
      title={[form.refusal ? reader.say('error') : '', title, view.title].filter(Boolean).join(' – ')}
      exercise={view.exercise}
    >
      <p className="links">
        <a href={reader.link(incidentPath(view.incidentId))}>← {view.title}</a>
      </p>
      <h1>{title}</h1>
      <ErrorSummary form={form} />
      {held ? <GateForm context={context} step={held} reason={typedAt(form, 'reason')} /> : null}
      <p className="hint">{reader.of(label.help)}</p>
      {fact ? (
        <p className="quoted">
          {reader.say('factToCorrect')}
          {reader.say('colon')}
          <q>{fact.text}</q>
        </p>
      ) : null}
      {form.command === 'SupersedeFact' && !fact && !form.refusal ? (
        <EntriesToCorrect context={context} />
      ) : (
        <CommandForm
          form={form}
          action={commandPath(context, form.command)}
          {...(fact ? { fact, hidden: { eventId: fact.eventId } } : {})}
        />
      )}
    </Page>
  );
};

/** The step that was answered, of the body that it was answered for. */
const stepOf = ({ page }: IncidentContext, form: FormState) => {
  const [step, organisation] = [typedAt(form, 'step'), typedAt(form, 'organisation')];
  const found = page.steps.filter((each) => each.step === step && each.blockedBy.length > 0);
  return found.find((each) => each.organisation === organisation) ?? found[0];
};

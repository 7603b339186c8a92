import { commandLabels } from '#libs/domain';
import { CommandForm, ErrorSummary } from './command-form.js';
import type { FormState } from './form-state.js';
import { commandPath, incidentPath, type IncidentContext } from './incident-context.js';
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
  return (
    <Page reader={reader} title={`${title} – ${view.title}`} exercise={view.exercise}>
      <p>
        <a href={reader.link(incidentPath(view.incidentId))}>← {view.title}</a>
      </p>
      <h1>{title}</h1>
      <ErrorSummary form={form} />
      <p className="hint">{reader.of(label.help)}</p>
      {fact ? (
        <p className="quoted">
          {reader.say('factToCorrect')}
          {reader.language === 'fr' ? '\u00a0: ' : ': '}
          <q>{fact.text}</q>
        </p>
      ) : null}
      <CommandForm
        form={form}
        action={commandPath(context, form.command)}
        {...(fact ? { fact, hidden: { eventId: fact.eventId } } : {})}
      />
    </Page>
  );
};

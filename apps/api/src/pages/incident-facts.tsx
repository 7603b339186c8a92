import {
  commandLabels,
  FACT_NAMES,
  factLabels,
  isInstant,
  valueLabel,
  type FactName,
  type IncidentCommandType,
} from '#libs/domain';
import { commandPath, type IncidentContext } from './incident-context.js';
import type { Reader } from './reader.js';
import { ChangedHere, Time } from './symbols.js';

/** The command that states a fact. */
const stating: Record<FactName, IncidentCommandType> = {
  attackType: 'QualifyIncident',
  severity: 'AssessSeverity',
  attackWindow: 'EstimateAttackWindow',
  ransomDemand: 'AssessRansomDemand',
  ransomPolicy: 'StateRansomPolicy',
  dataExfiltration: 'AssessDataExfiltration',
  breachRisk: 'AssessBreachRisk',
  backups: 'AssessBackupIntegrity',
  eta: 'StateRestorationEta',
  judicialInvestigation: 'RecordJudicialInvestigation',
};

/** Graded facts, each with how certain it is. Not knowing is shown as an answer. */
export const Facts = ({ context }: { readonly context: IncidentContext }) => {
  const { reader, page, replay } = context;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{reader.say('facts')}</h2>
      <dl className="facts">
        {FACT_NAMES.map((name) => (
          <div key={name} className={page.view.facts[name].eventId ? undefined : 'unstated'}>
            <dt>{reader.of(factLabels[name])}</dt>
            <dd>
              <FactValue context={context} name={name} />
              {replay ? null : (
                <a className="act no-print" href={commandPath(context, stating[name])}>
                  {reader.language === 'fr' ? 'Répondre' : 'Answer'}
                  <span className="visually-hidden"> – {reader.of(commandLabels[stating[name]])}</span>
                </a>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
};

const FactValue = ({
  context: { reader, page },
  name,
}: {
  readonly context: IncidentContext;
  readonly name: FactName;
}) => {
  const { value, detail, confidence, since, organisations } = page.view.facts[name];
  const each = Object.entries(organisations ?? {});
  const differs = new Set(each.map(([, one]) => one)).size > 1;
  const changed = page.changes?.facts.some(({ fact }) => fact === name);
  return (
    <span>
      <strong>{factText(reader, name, value)}</strong> {changed ? <ChangedHere reader={reader} /> : null}
      {detail ? <span className="detail"> {detailText(reader, name, detail)}</span> : null}
      <span className="minor">
        {confidence
          ? ` · ${reader.say('confidence', { value: reader.of(valueLabel('confidence', confidence)).toLowerCase() })}`
          : ''}
        {since ? (
          <>
            {' '}
            · <Time reader={reader} at={since} />
          </>
        ) : null}
      </span>
      {differs ? (
        <ul className="bodies minor">
          {each.map(([body, one]) => (
            <li key={body}>
              {body} – {factText(reader, name, one)}
            </li>
          ))}
        </ul>
      ) : null}
    </span>
  );
};

const factText = (reader: Reader, name: FactName, value: string): string => {
  const [from, to] = value.split('/');
  if (name === 'attackWindow' && isInstant(from) && isInstant(to))
    return reader.say('between', { from: reader.at(from), to: reader.at(to) });
  return isInstant(value) ? reader.at(value) : reader.of(valueLabel(name, value));
};

/** Details are kept as recorded: codes of closed lists, times and words of people. */
const detailText = (reader: Reader, name: FactName, detail: string): string =>
  detail
    .split(' · ')
    .map((part) => (isInstant(part) ? reader.at(part) : reader.of(valueLabel(DETAIL_FIELD[name] ?? name, part))))
    .join(' · ');

const DETAIL_FIELD: Partial<Record<FactName, string>> = { attackWindow: 'precision', backups: 'recoverable' };

import { roleLabel } from '#libs/domain';
import { stepAnchor, type IncidentContext } from './incident-context.js';
import { Time } from './symbols.js';

/** At most three things to do, each with its reason. */
export const NextActions = ({ context: { reader, page } }: { readonly context: IncidentContext }) => {
  const { nextActions } = page.view;
  return (
    <section aria-labelledby="now" className="now">
      <h2 id="now">{reader.say('now')}</h2>
      {nextActions.length === 0 ? <p>{reader.say('nowNone')}</p> : null}
      <ol>
        {nextActions.map(({ step, organisation, title, role, why, dueAt }) => (
          <li key={`${step}${organisation ?? ''}`}>
            <p>
              <a href={`#${stepAnchor(step, organisation)}`}>
                <strong>{title}</strong>
                {organisation ? ` – ${organisation}` : ''}
              </a>{' '}
              <span className="minor">
                {reader.of(roleLabel(role))}
                {dueAt ? (
                  <>
                    {' '}
                    · {reader.say('before')} <Time reader={reader} at={dueAt} />
                  </>
                ) : null}
              </span>
            </p>
            <p>{why}</p>
          </li>
        ))}
      </ol>
      {nextActions.length > 0 ? <p className="minor">{reader.say('nowHow')}</p> : null}
    </section>
  );
};

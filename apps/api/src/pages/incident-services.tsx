import { commandLabels, serviceStatusLabels, valueLabel, type ServiceStatus } from '#libs/domain';
import { commandPath, incidentPath, type IncidentContext } from './incident-context.js';
import { ChangedHere, Status, Time } from './symbols.js';

/** What the town can and cannot do, service by service. */
export const Services = ({ context }: { readonly context: IncidentContext }) => {
  const { reader, page, replay } = context;
  const { services } = page.view;
  return (
    <section aria-labelledby="services">
      <h2 id="services">{reader.say('services')}</h2>
      {services.length === 0 ? <p>{reader.say('servicesNone')}</p> : <ServiceTable context={context} />}
      {replay ? null : (
        <p className="links no-print">
          <a href={commandPath(context, 'ChangeServiceStatus')}>
            {reader.language === 'fr' ? 'Changer l’état d’un service' : 'Change the status of a service'}
          </a>
          <a href={commandPath(context, 'ActivateWorkaround')}>{reader.of(commandLabels.ActivateWorkaround)}</a>
          <a href={commandPath(context, 'RestoreService')}>{reader.of(commandLabels.RestoreService)}</a>
        </p>
      )}
    </section>
  );
};

const ServiceTable = ({ context: { reader, page, replay } }: { readonly context: IncidentContext }) => {
  const several = page.view.organisations.length > 1;
  const changed = (organisation: string, service: string): boolean =>
    page.changes?.services.some((each) => each.organisation === organisation && each.service === service) ?? false;
  return (
    <table className="stacked">
      <thead>
        <tr>
          <th scope="col">{reader.say('service')}</th>
          {several ? <th scope="col">{reader.say('organisation')}</th> : null}
          <th scope="col">{reader.say('state')}</th>
          <th scope="col">{reader.say('forPublic')}</th>
          <th scope="col">{reader.say('since')}</th>
        </tr>
      </thead>
      <tbody>
        {page.view.services.map((row) => (
          <tr key={`${row.organisation}|${row.service}`}>
            <th scope="row">
              {row.service} {changed(row.organisation, row.service) ? <ChangedHere reader={reader} /> : null}
            </th>
            {several ? <td data-label={reader.say('organisation')}>{row.organisation}</td> : null}
            <td data-label={reader.say('state')}>
              <span>
                <Status reader={reader} label={serviceStatusLabels[row.status as ServiceStatus]} kind={row.status} />
                {row.detail ? (
                  <>
                    <br />
                    {row.detail}
                  </>
                ) : null}
              </span>
            </td>
            <td data-label={reader.say('forPublic')}>
              {[
                row.publicAdvice,
                row.workaround ? reader.of(valueLabel('kind', row.workaround)) : undefined,
                row.publicNumber,
                row.workaroundDetail,
              ]
                .filter(Boolean)
                .join(' – ') || '–'}
            </td>
            <td data-label={reader.say('since')}>
              <Time reader={reader} at={row.since} />{' '}
              {replay ? null : (
                <a
                  className="act no-print"
                  href={reader.link(`${incidentPath(page.view.incidentId)}/commands/ChangeServiceStatus`, {
                    service: row.service,
                    organisation: several ? row.organisation : undefined,
                  })}
                >
                  {reader.say('changeStatus')}
                  <span className="visually-hidden">
                    {' '}
                    – {row.service} {several ? row.organisation : ''}
                  </span>
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

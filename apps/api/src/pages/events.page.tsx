import {
  eventDataClass,
  eventLabels,
  fieldLabels,
  fieldsOf,
  incidentEventTypes,
  schemaVersionOf,
  type Field,
  type IncidentEventType,
  type LocalText,
} from '#libs/domain';
import { Page } from './page.js';
import type { Reader } from './reader.js';

const texts = {
  title: { fr: 'Événements publiés', en: 'Published events' },
  lead: {
    fr: 'Tout ce que Tocsin peut dire à un autre logiciel\u00a0: chaque événement, dans l’ordre, sans limite de durée, toujours avec le même identifiant.',
    en: 'All that Tocsin can tell another program: every event, in order, for ever, always with the same id.',
  },
  ways: { fr: 'Trois façons de les recevoir', en: 'Three ways to get them' },
  pull: { fr: 'Les demander', en: 'Ask for them' },
  live: { fr: 'Les suivre en direct', en: 'Follow them live' },
  push: { fr: 'Se les faire envoyer', en: 'Have them sent' },
  machine: { fr: 'Pour les logiciels', en: 'For programs' },
  event: { fr: 'Événement', en: 'Event' },
  data: { fr: 'Données', en: 'Data' },
  schema: { fr: 'Schéma', en: 'Schema' },
  optional: { fr: 'facultatif', en: 'optional' },
  list: { fr: 'liste', en: 'list' },
  none: { fr: 'aucune', en: 'none' },
} satisfies Record<string, LocalText>;

/** The events that programs may follow, for the person who connects them. */
export const EventsPageView = ({ reader }: { readonly reader: Reader }) => (
  <Page reader={reader} title={reader.of(texts.title)}>
    <h1>{reader.of(texts.title)}</h1>
    <p className="lead">{reader.of(texts.lead)}</p>
    <section aria-labelledby="ways">
      <h2 id="ways">{reader.of(texts.ways)}</h2>
      <ul>
        <li>
          {reader.of(texts.pull)}
          {reader.say('colon')}
          <code>GET /api/v1/events?after=…</code>
        </li>
        <li>
          {reader.of(texts.live)}
          {reader.say('colon')}
          <code>GET /api/v1/events</code>, <code>Accept: text/event-stream</code>
        </li>
        <li>
          {reader.of(texts.push)}
          {reader.say('colon')}
          <code>POST /api/v1/subscriptions</code>
        </li>
        <li>
          {reader.of(texts.machine)}
          {reader.say('colon')}
          <a href="/api/asyncapi.json">AsyncAPI 3</a>
        </li>
      </ul>
    </section>
    <table>
      <caption>{`${reader.of(texts.title)} (${incidentEventTypes.length})`}</caption>
      <thead>
        <tr>
          <th scope="col">{reader.of(texts.event)}</th>
          <th scope="col">{reader.of(texts.data)}</th>
          <th scope="col">{reader.of(texts.schema)}</th>
        </tr>
      </thead>
      <tbody>
        {incidentEventTypes.map((type) => (
          <EventRow key={type} reader={reader} type={type} />
        ))}
      </tbody>
    </table>
  </Page>
);

const EventRow = ({ reader, type }: { readonly reader: Reader; readonly type: IncidentEventType }) => {
  const name = `${type}.v${schemaVersionOf(type)}`;
  const fields = fieldsOf(eventDataClass(type));
  return (
    <tr id={type}>
      <th scope="row">
        {reader.of(eventLabels[type])}
        <br />
        <code>{`fr.tocsin.${name}`}</code>
      </th>
      <td>
        {fields.length === 0 ? (
          reader.of(texts.none)
        ) : (
          <ul>
            {fields.map((field) => (
              <li key={field.name}>
                <code>{field.name}</code> {describe(field, reader)}
              </li>
            ))}
          </ul>
        )}
      </td>
      <td>
        <a href={`/api/schemas/${name}.json`}>{`${name}.json`}</a>
      </td>
    </tr>
  );
};

const describe = (field: Field, reader: Reader): string => {
  const label = fieldLabels[field.name];
  const notes = [
    ...(field.list ? [reader.of(texts.list)] : []),
    ...(field.required ? [] : [reader.of(texts.optional)]),
    ...(field.values ?? []),
  ];
  return `${label ? reader.of(label) : ''}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
};

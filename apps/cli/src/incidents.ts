import type { BoardItem, TocsinClient } from '#libs/client';
import { EXIT, Failure } from './io.js';
import type { Language } from './language.js';
import { sayIn } from './language.js';
import { table } from './table.js';
import { absolute, DEFAULT_ZONE } from './times.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LISTED_MAX = 10;

/**
 * The incident that a person means: its id, the end or beginning of its id, its title; or, when nothing is said, the only
 * open one.
 * @throws {Failure} with the list to choose from.
 */
export const resolveIncident = async (
  client: TocsinClient,
  given: string | undefined,
  language: Language,
): Promise<string> => {
  if (given !== undefined && UUID.test(given)) return given.toLowerCase();
  const say = sayIn(language);
  const incidents = await boardOf(client);
  if (given !== undefined) {
    const wanted = given.toLowerCase();
    const found = incidents.filter(
      ({ incidentId, title }) =>
        incidentId.startsWith(wanted) || incidentId.endsWith(wanted) || title.toLowerCase() === wanted,
    );
    if (found.length === 1 && found[0]) return found[0].incidentId;
    const several = found.length > 1;
    throw new Failure(
      EXIT.refused,
      several
        ? [
            say(
              `Plusieurs incidents répondent à «\u00a0${given}\u00a0»\u00a0:`,
              `Several incidents answer to "${given}":`,
            ),
            ...listOf(found, language),
          ].join('\n')
        : say(`Aucun incident ne répond à «\u00a0${given}\u00a0».`, `No incident answers to "${given}".`),
    );
  }
  const open = incidents.filter(({ status }) => status === 'open');
  if (open.length === 1 && open[0]) return open[0].incidentId;
  throw new Failure(
    EXIT.refused,
    open.length === 0
      ? say(
          'Aucun incident n’est ouvert. Déclarez-en un («\u00a0tocsin declare --title "…"\u00a0») ou nommez-en un avec --incident.',
          'No incident is open. Declare one (tocsin declare --title "…") or name one with --incident.',
        )
      : [
          say(
            'Plusieurs incidents sont ouverts\u00a0; nommez-en un avec --incident\u00a0:',
            'Several incidents are open; name one with --incident:',
          ),
          ...listOf(open, language),
        ].join('\n'),
  );
};

const boardOf = async (client: TocsinClient): Promise<BoardItem[]> => {
  const items: BoardItem[] = [];
  // What another command wrote a moment ago is there.
  const { head } = (await client.ready()).store;
  const upTo = head === undefined ? {} : { await: head };
  for await (const item of client.all((cursor) => client.board({ limit: 500, ...(cursor ? { cursor } : {}) }, upTo)))
    items.push(item);
  return items;
};

const listOf = (incidents: readonly BoardItem[], language: Language): string[] => {
  const shown = table(
    incidents
      .slice(0, LISTED_MAX)
      .map(({ incidentId, title, declaredAt, exercise }) => [
        incidentId,
        absolute(declaredAt, DEFAULT_ZONE, language),
        exercise ? sayIn(language)(`${title} (exercice)`, `${title} (exercise)`) : title,
      ]),
  );
  return incidents.length > LISTED_MAX ? [...shown, '  …'] : shown;
};

import {
  decide,
  decideDeclaration,
  foldIncident,
  initialIncident,
  instantMs,
  readCommandBody,
  readDeclarationBody,
  statusView,
  type DecisionContext,
  type IncidentCommand,
  type IncidentEvent,
  type IncidentState,
} from '#libs/domain';

import { holds, loadPlaybooks, loadRules, resolveLabels, type Scenario } from '../index.js';

/** What the pure domain makes of a scenario, without store or clock: each failed expectation as a sentence. */
export const play = (scenario: Scenario): string[] => {
  const events: IncidentEvent[] = [];
  const labels = new Map<string, string>();
  let state: IncidentState = initialIncident;
  let ids = 0;
  for (const { at, command, by, data, label, line } of scenario.events) {
    const context: DecisionContext = {
      incidentId: id(0),
      now: at,
      derivedId: (...words) => words.join('/'),
      nextId: () => id(++ids),
      playbooks: loadPlaybooks().map((definition) => ({ definition, sha256: '0'.repeat(64) })),
      rules: loadRules(),
      scenario: scenario.id,
    };
    const actor = { id: 'scribe', name: by?.name ?? 'local' };
    const body = resolveLabels(data, labels);
    const read = command === 'DeclareIncident' ? readDeclarationBody(body, at) : readCommandBody(command, body, at);
    if (!read.value) throw new Error(`line ${line}: ${JSON.stringify(read.errors)}`);
    const said = { type: command, actor, ...read.value };
    const decision =
      command === 'DeclareIncident'
        ? decideDeclaration(said as never, context)
        : decide(state, said as IncidentCommand, context);
    const [fact] = decision.events;
    if (label !== undefined && fact) labels.set(label, fact.eventId);
    for (const event of decision.events) {
      events.push({ ...event, incidentId: id(0), revision: events.length, recordedAt: at });
    }
    state = decision.state;
  }
  return scenario.expect.flatMap((expectation) => {
    const known = foldIncident(events.filter((event) => instantMs(event.recordedAt) <= instantMs(expectation.at)));
    const verdict = holds(expectation, statusView(known, expectation.at, 'fr'));
    return verdict.held ? [] : [`line ${expectation.line}, ${expectation.at}: ${verdict.message.en}`];
  });
};

const id = (n: number): string => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`;

import '@nestjs/common';
import '@nestjs/core';
import { readCommandBody, readDeclarationBody, instantOf, type Actor } from '#libs/domain';
import type { EventStore } from '#libs/event-store';
import {
  AnswerLog,
  ExecuteCommand,
  ExecuteCommandHandler,
  Incidents,
  incidentStream,
  RandomIds,
  shippedCatalogue,
  SystemClock,
  type AnyCommand,
} from '#libs/application';

const actor: Actor = { id: 'scribe', name: 'Main courante' };

export interface CommandPath {
  readonly stream: string;
  revision(): number;
  /** One logbook entry of a hot incident, decided, chained by hash, appended and answered. */
  recordEntry(): Promise<void>;
  /** The incident as the log has it now. */
  read(): Promise<void>;
}

/** Everything that the product does for a command, but HTTP. */
export async function commandPath(store: EventStore): Promise<CommandPath> {
  const ids = new RandomIds();
  const incidents = new Incidents(store);
  const handler = new ExecuteCommandHandler(
    store,
    incidents,
    new AnswerLog(store, ids),
    shippedCatalogue(),
    new SystemClock(),
    ids,
  );
  const now = instantOf(Date.now());
  const declaration = readDeclarationBody(
    { title: 'Cyberattaque de la ville', kind: 'unknown', organisations: [{ name: 'Ville' }] },
    now,
  );
  const entry = readCommandBody(
    'RecordLogbookEntry',
    { kind: 'fact', text: 'Un virus commençait à infecter le réseau. '.repeat(6) },
    now,
  );
  if (declaration.errors || entry.errors) {
    throw new Error(JSON.stringify(declaration.errors ?? entry.errors));
  }
  const declare = { ...declaration.value, type: 'DeclareIncident', actor } as AnyCommand;
  const record = { ...entry.value, type: 'RecordLogbookEntry', actor } as AnyCommand;
  let last = await handler.execute(new ExecuteCommand(undefined, declare));
  const { incidentId } = last;
  return {
    stream: incidentStream(incidentId),
    revision: () => last.revision,
    recordEntry: async () => {
      last = await handler.execute(new ExecuteCommand(incidentId, record));
    },
    read: async () => void (await incidents.read(incidentId)),
  };
}

import { ExecuteCommand } from '#libs/application';
import {
  decodeEvent,
  foldIncident,
  instantMs,
  instantOf,
  readCommandBody,
  readDeclarationBody,
  type DeclareIncident,
  type IncidentCommand,
  type IncidentCommandType,
  type IncidentEvent,
  type IncidentState,
} from '#libs/domain';
import { eventHash } from '#libs/proof';
import type { ViewsDatabase } from '#libs/read-models';
import { seeded, type Random } from '../support/random.js';
import { SimLog } from './sim-log.js';
import { memoryViews, SimClock, SimIds, SimProcess } from './sim-process.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-03-20T08:00:00Z');
const ACTOR = { id: 'sim', name: 'Simulation' };
const ZONES = ['Europe/Paris', 'Indian/Reunion', 'America/Martinique', 'Pacific/Noumea'];

/** One life of a town's incidents: commands, repeats, crashes, clock jumps and weeks off, all from one seed. */
export class ClocksSimulation {
  private readonly chance: Random;
  private readonly log = new SimLog();
  private readonly clock: SimClock;
  private readonly ids: SimIds;
  private readonly acknowledged = new Map<string, readonly string[]>();
  private readonly incidents: string[] = [];
  private views: ViewsDatabase[] = [];
  private processes: SimProcess[] = [];

  constructor(
    readonly seed: number,
    private readonly steps = 24,
  ) {
    this.chance = seeded(seed);
    this.clock = new SimClock(START_MS);
    this.ids = new SimIds(seeded(seed ^ 0x5bd1e995));
  }

  /** @throws Error naming the broken invariant. */
  async run(): Promise<void> {
    await this.boot(0);
    if (this.chance.chance(0.4)) await this.boot(1);
    for (let step = 0; step < this.steps; step += 1) await this.step();
    await this.quiet();
    this.check();
    for (const process of this.processes) process.kill();
    for (const views of this.views) views.close();
  }

  private async step(): Promise<void> {
    const act = this.chance.next();
    if (act < 0.55) await this.command();
    else if (act < 0.75) this.clock.ms += this.chance.between(1, 31) * HOUR_MS;
    else if (act < 0.8) this.clock.ms -= this.chance.between(1, 49) * HOUR_MS;
    else if (act < 0.85) this.clock.ms += this.chance.between(5, 13) * 24 * HOUR_MS;
    else if (act < 0.95) this.pick().store.crashAfter(this.chance.between(1, 13));
    else await this.reboot(this.pick());
    for (const process of this.processes) {
      await process.settle();
      if (process.store.isCrashed) await this.reboot(process);
    }
  }

  private pick(): SimProcess {
    return this.chance.pick(this.processes);
  }

  /** A new process on the log. Its views are those on the disk, or none. */
  private async boot(index: number): Promise<void> {
    const kept = this.views[index];
    if (!kept || this.chance.chance(0.3)) {
      kept?.close();
      this.views[index] = memoryViews();
    }
    const process = new SimProcess(this.log, this.views[index] ?? memoryViews(), this.clock, this.ids, this.chance);
    this.processes[index] = process;
    await process.start();
  }

  private async reboot(process: SimProcess): Promise<void> {
    process.kill();
    await this.boot(this.processes.indexOf(process));
  }

  private async command(): Promise<void> {
    const incidentId =
      this.incidents.length === 0 || this.chance.chance(0.1) ? undefined : this.chance.pick(this.incidents);
    const command = incidentId === undefined ? this.declaration() : this.anyCommand(incidentId);
    if (!command) return;
    const key = this.ids.next();
    const request = JSON.parse(JSON.stringify(command)) as unknown;
    for (let tries = 0; tries < 6; tries += 1) {
      const process = this.pick();
      try {
        const answer = await process.execute(new ExecuteCommand(incidentId, command, { idempotencyKey: key, request }));
        if (answer) {
          this.acknowledge(
            key,
            answer.incidentId,
            answer.events.map(({ eventId }) => eventId),
          );
          if (!this.chance.chance(0.2)) return;
        }
      } catch (error) {
        if ((error as Error).name === 'CommandRejected') return;
        if ((error as Error).name !== 'Unavailable') throw error;
      }
      if (process.store.isCrashed) await this.reboot(process);
    }
  }

  private acknowledge(key: string, incidentId: string, events: readonly string[]): void {
    const before = this.acknowledged.get(key);
    if (before && before.join() !== events.join())
      throw new Error(`A repeat of ${key} was answered otherwise than the first time`);
    this.acknowledged.set(key, events);
    if (!this.incidents.includes(incidentId)) this.incidents.push(incidentId);
  }

  private declaration(): DeclareIncident {
    const organisations = Array.from({ length: this.chance.between(1, 4) }, (_unused, index) => ({
      name: `Organisme ${index + 1}`,
      timeZone: this.chance.pick(ZONES),
      insured: this.chance.pick(['yes', 'no', 'unknown']),
    }));
    const detectedAt = instantOf(this.clock.ms - this.chance.between(0, 81) * HOUR_MS);
    const playbook = this.chance.chance(0.15) ? {} : { playbook: 'none' };
    const body = { title: 'Simulation', organisations, detectedAt, ...playbook };
    const read = readDeclarationBody(body, instantOf(this.clock.ms));
    if (read.errors) throw new Error(JSON.stringify(read.errors));
    return { ...read.value, type: 'DeclareIncident', actor: ACTOR };
  }

  private anyCommand(incidentId: string): IncidentCommand | undefined {
    const state = this.stateOf(incidentId);
    const occurredAt = instantOf(this.clock.ms - this.chance.between(0, 61) * HOUR_MS);
    const one = this.chance.pick(state.organisations).name;
    const some = this.chance.chance(0.5) ? { organisations: [one] } : {};
    const fact = this.chance.pick(this.eventsOf(incidentId));
    const choices: readonly (readonly [IncidentCommandType, object])[] = [
      ['EstablishBreachAwareness', { reason: 'constat', occurredAt, ...some }],
      ['EstablishAttackKnowledge', { reason: 'constat', occurredAt, ...some }],
      ['AssessBreachRisk', { risk: this.chance.pick(['unlikely', 'risk', 'high', 'not_assessed']), ...some }],
      ['NotifyCnil', { kind: this.chance.pick(['initial', 'complementary', 'single']), occurredAt, ...some }],
      ['FileComplaint', { filedWith: 'gendarmerie', occurredAt, ...some }],
      ['IntendComplaint', some],
      ['NotifyInsurer', { occurredAt, ...some }],
      ['RecordDetection', { occurredAt, ...some }],
      [
        'MarkOrganisationAffected',
        { organisation: { name: `Organisme ${this.chance.between(1, 6)}` }, relation: 'partner' },
      ],
      ['SupersedeFact', { eventId: fact.eventId, reason: `erreur ${this.chance.between(1, 4)}` }],
      [
        'SupersedeFact',
        {
          eventId: fact.eventId,
          reason: 'erreur',
          instead: { do: 'EstablishBreachAwareness', data: { reason: 'autre' }, occurredAt },
        },
      ],
      ['WaiveObligation', { rule: 'cnil-notification', reason: 'aucune donnée' }],
      ['CloseIncident', {}],
      ['ReopenIncident', { reason: 'suite' }],
    ];
    const [type, body] = this.chance.pick(choices);
    const read = readCommandBody(type, body, instantOf(this.clock.ms));
    // A fact of long ago can be a fact of the future once the clock was set back.
    return read.errors ? undefined : ({ ...read.value, type, actor: ACTOR } as IncidentCommand);
  }

  private eventsOf(incidentId: string): IncidentEvent[] {
    return (this.log.streams.get(`incident-${incidentId}`) ?? []).map((stored) => decodeEvent(stored));
  }

  private stateOf(incidentId: string): IncidentState {
    return foldIncident(this.eventsOf(incidentId));
  }

  /** No more commands and no more faults: the clocks catch up with everything that has fallen due. */
  private async quiet(): Promise<void> {
    this.clock.ms = Math.max(this.clock.ms, START_MS) + 60 * 24 * HOUR_MS;
    for (let round = 0; round < 40; round += 1) {
      const before = this.log.events.length;
      for (const process of this.processes) {
        await process.settle();
        if (process.store.isCrashed) await this.reboot(process);
      }
      if (round > 2 && this.log.events.length === before && this.processes.every(({ clocks }) => clocks.health().ok))
        return;
    }
    throw new Error('The clocks did not come to rest');
  }

  private check(): void {
    this.checkAcknowledged();
    for (const [stream, stored] of this.log.streams) {
      if (!stream.startsWith('incident-')) continue;
      for (const [index, event] of stored.entries()) {
        const before = stored[index - 1];
        if (before && event.meta['prevHash'] !== eventHash(before))
          throw new Error(`${stream}: the hash chain breaks at ${index}`);
        if (before && String(event.meta['recordedAt']) < String(before.meta['recordedAt']))
          throw new Error(`${stream}: recordedAt goes back at ${index}`);
      }
      this.checkNotices(this.eventsOf(stream.slice('incident-'.length)));
    }
  }

  private checkAcknowledged(): void {
    const times = new Map<string, number>();
    for (const { id } of this.log.events) times.set(id, (times.get(id) ?? 0) + 1);
    for (const [key, events] of this.acknowledged) {
      for (const id of events)
        if (times.get(id) !== 1)
          throw new Error(`Event ${id} of acknowledged ${key} is stored ${times.get(id) ?? 0} times`);
    }
    for (const [id, count] of times) if (count !== 1) throw new Error(`Event ${id} is stored ${count} times`);
  }

  private checkNotices(events: readonly IncidentEvent[]): void {
    const said = new Map<string, number>();
    for (const event of events) {
      if (event.type !== 'DeadlineApproaching' && event.type !== 'DeadlineMissed') continue;
      const { organisation, rule, dueAt, noticedAt } = event.data;
      const hours = event.type === 'DeadlineApproaching' ? event.data.hoursBefore : 0;
      const dueMs = instantMs(dueAt) - hours * HOUR_MS;
      if (instantMs(noticedAt) < dueMs) throw new Error(`${rule}: noticed before it was due`);
      const key = [organisation, rule, dueAt, hours].join('|');
      said.set(key, (said.get(key) ?? 0) + 1);
    }
    for (const [key, count] of said) if (count !== 1) throw new Error(`${key} was recorded ${count} times`);
    const state = foldIncident(events);
    for (const { organisation, rule, dueAt, provisional, discharge, waiver } of Object.values(state.obligations)) {
      if (dueAt === undefined || provisional || discharge || waiver || instantMs(dueAt) >= this.clock.ms) continue;
      if (!said.has([organisation, rule, dueAt, 0].join('|')))
        throw new Error(`${rule} of ${organisation}: missed at ${dueAt}, not recorded`);
    }
  }
}

import { Metadata, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import pb from '@eventstore/db-client/generated/streams_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  DeleteReq,
  DeleteResp,
  ReadReq,
  ReadResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, NO_STREAM, TooLarge } from '#libs/event-store';
import type { Fault, Faults, Method } from './faults.js';
import {
  NoSuchPlace,
  StreamDeleted,
  type TwinLog,
  type WireEvent,
  type WireExpectation,
  type WireRecord,
} from './twin-log.js';

/** As EventStoreDB up to 25.0 has it. */
const APPEND_BYTES_MAX = 1024 * 1024;

export interface TwinParts {
  readonly log: TwinLog;
  readonly faults: Faults;
  /** How far the clock of the server is ahead of ours. */
  readonly clockAheadMs: () => number;
  /** What stands in the way of the call's user, if something does. */
  readonly refusal: (metadata: Metadata, what: 'all' | 'stream') => 'denied' | 'unauthenticated' | undefined;
  /** Calls that follow the log, to be ended by a test. */
  readonly subscriptions: Set<ServerWritableStream<ReadReq, ReadResp>>;
  /** Metadata of the last append. */
  readonly onAppend: (metadata: Metadata) => void;
  /** Called for each event that goes out to one who follows the log. */
  readonly onFollowed: () => void;
}

/** Rpc `Streams`, as EventStoreDB 23.10.8 was seen to answer. */
export function streamsService(parts: TwinParts): IStreamsServer {
  const { log, faults } = parts;

  const refused = (metadata: Metadata, what: 'all' | 'stream' = 'stream'): Partial<ServiceError> | undefined => {
    const refusal = parts.refusal(metadata, what);
    return refusal && faults.error(refusal);
  };

  /** Runs a call through its fault. */
  const faulty = async <T>(method: Method, work: () => Promise<T>): Promise<T> => {
    const fault = faults.take(method);
    await before(fault, faults);
    const result = await work();
    if (fault?.kind === 'late') await delay(fault.ms, undefined, { ref: false });
    if (fault?.kind === 'lost') throw faults.error(fault.error ?? 'unavailable');
    return result;
  };

  const unary =
    <Request, Response>(work: (request: Request) => Promise<Response>) =>
    (call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>): void => {
      const no = refused(call.metadata);
      if (no !== undefined) return answer(no);
      work(call.request).then(
        (response) => answer(null, response),
        (error: unknown) => answer(toServiceError(error, faults)),
      );
    };

  return {
    append: (call, answer) => {
      parts.onAppend(call.metadata);
      const requests: AppendReq[] = [];
      call.on('error', () => undefined);
      call.on('data', (request: AppendReq) => requests.push(request));
      call.on('end', () => {
        // A stream that was cut off ends too, and is called cancelled only then: a part of an append is none.
        setImmediate(() => {
          if (call.cancelled || Number(call.getDeadline()) <= Date.now()) return;
          const no = refused(call.metadata);
          if (no !== undefined) return answer(no);
          void faulty('append', () => append(log, requests)).then(
            (response) => answer(null, response),
            (error: unknown) => answer(toServiceError(error, faults)),
          );
        });
      });
    },

    read: (call) => {
      call.on('error', () => undefined);
      const options = call.request.getOptions();
      const no = refused(call.metadata, options?.hasAll() ? 'all' : 'stream');
      if (no !== undefined) return void call.emit('error', no);
      const subscribes = options?.hasSubscription() ?? false;
      const reading = subscribes
        ? faulty('subscribe', () => follow(parts, call))
        : faulty('read', () => read(log, call)).then(() => void call.end());
      reading.catch((error: unknown) => {
        if (error instanceof Politely) call.end();
        else call.emit('error', toServiceError(error, faults));
      });
    },

    batchAppend: (call) => {
      const appends = new Map<string, { options: BatchAppendReq.Options; events: WireEvent[] }>();
      call.on('error', () => undefined);
      call.on('end', () => call.end());
      call.on('data', (request: BatchAppendReq) => {
        const id = request.getCorrelationId()?.getString() ?? '';
        const pending = appends.get(id) ?? { options: request.getOptions()!, events: [] };
        appends.set(id, pending);
        pending.events.push(...request.getProposedMessagesList().map(toWireEvent));
        if (!request.getIsFinal()) return;
        appends.delete(id);
        void faulty('batchAppend', () => batchAppend(parts, request, pending)).then(
          (response) => call.write(response),
          (error: unknown) => {
            if (error instanceof Politely) call.end();
            else call.emit('error', toServiceError(error, faults));
          },
        );
      });
    },

    delete: unary<DeleteReq, DeleteResp>(async (request) => {
      await log.softDelete(nameOf(request.getOptions()));
      const response = new pb.DeleteResp();
      response.setNoPosition(new shared.Empty());
      return response;
    }),

    tombstone: unary<TombstoneReq, TombstoneResp>(async (request) => {
      await log.tombstone(nameOf(request.getOptions()));
      const place = String(await log.headPlace());
      const position = new pb.TombstoneResp.Position();
      position.setCommitPosition(place);
      position.setPreparePosition(place);
      const response = new pb.TombstoneResp();
      response.setPosition(position);
      return response;
    }),
  };
}

/** The stream ends without an error and without an answer. */
class Politely extends Error {}

async function before(fault: Fault | undefined, faults: Faults): Promise<void> {
  switch (fault?.kind) {
    case 'silent':
      return new Promise(() => undefined);
    case 'slow':
      return delay(fault.ms, undefined, { ref: false });
    case 'fail':
      throw faults.error(fault.error);
    case 'end':
      throw new Politely();
    default:
  }
}

async function append(log: TwinLog, requests: readonly AppendReq[]): Promise<AppendResp> {
  const options = requests[0]?.getOptions();
  const stream = nameOf(options);
  const events = requests.flatMap((request) => request.getProposedMessage() ?? []).map(toWireEvent);
  refuseLarge(events);
  const expected: WireExpectation = options?.hasNoStream()
    ? 'no_stream'
    : options?.hasAny()
      ? 'any'
      : options?.hasStreamExists()
        ? 'stream_exists'
        : Number(options?.getRevision());
  const response = new pb.AppendResp();
  try {
    const { revision, place } = await log.append(stream, expected, events);
    const success = new pb.AppendResp.Success();
    success.setCurrentRevision(String(revision));
    if (place === undefined) {
      success.setNoPosition(new shared.Empty());
    } else {
      const position = new pb.AppendResp.Position();
      position.setCommitPosition(String(place));
      position.setPreparePosition(String(place));
      success.setPosition(position);
    }
    response.setSuccess(success);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const wrong = new pb.AppendResp.WrongExpectedVersion();
    if (error.actual === NO_STREAM) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(error.actual));
    if (typeof expected === 'number') wrong.setExpectedRevision(String(expected));
    else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
    else if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
    else wrong.setExpectedStreamExists(new shared.Empty());
    response.setWrongExpectedVersion(wrong);
  }
  return response;
}

async function batchAppend(
  { log, clockAheadMs }: TwinParts,
  request: BatchAppendReq,
  { options, events }: { options: BatchAppendReq.Options; events: readonly WireEvent[] },
): Promise<pb.BatchAppendResp> {
  const response = new pb.BatchAppendResp();
  response.setCorrelationId(request.getCorrelationId());
  response.setStreamIdentifier(options.getStreamIdentifier());
  const fail = (type: string, bytes: Uint8Array): pb.BatchAppendResp => {
    const details = new any.Any();
    details.setTypeUrl(`type.googleapis.com/event_store.client.${type}`);
    details.setValue(bytes);
    const failed = new statusPb.Status();
    failed.setMessage(type);
    failed.setDetails(details);
    response.setError(failed);
    return response;
  };
  const deadline = options.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY;
  if (deadline < Date.now() + clockAheadMs()) return fail('Timeout', new shared.Timeout().serializeBinary());
  const expected: WireExpectation = options.hasNoStream()
    ? 'no_stream'
    : options.hasAny()
      ? 'any'
      : options.hasStreamExists()
        ? 'stream_exists'
        : Number(options.getStreamPosition());
  try {
    const { revision, place } = await log.append(nameOf(options), expected, events);
    const success = new pb.BatchAppendResp.Success();
    success.setCurrentRevision(String(revision));
    const position = new shared.AllStreamPosition();
    position.setCommitPosition(String(place ?? 0));
    position.setPreparePosition(String(place ?? 0));
    success.setPosition(position);
    response.setSuccess(success);
    return response;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const wrong = new shared.WrongExpectedVersion();
    if (error.actual === NO_STREAM) wrong.setCurrentNoStream(new emptyPb.Empty());
    else wrong.setCurrentStreamRevision(String(error.actual));
    if (typeof expected === 'number') wrong.setExpectedStreamPosition(String(expected));
    return fail('WrongExpectedVersion', wrong.serializeBinary());
  }
}

function refuseLarge(events: readonly WireEvent[]): void {
  const bytes = events.reduce((sum, { data, meta }) => sum + data.length + meta.length, 0);
  if (bytes > APPEND_BYTES_MAX) throw new TooLarge(`${bytes} bytes`);
}

async function read(log: TwinLog, call: ServerWritableStream<ReadReq, ReadResp>): Promise<void> {
  const options = call.request.getOptions()!;
  const direction = options.getReadDirection() === 0 ? 'forward' : 'backward';
  const count = Number(options.getCount());
  const stream = options.getStream();
  let records: readonly WireRecord[] | undefined;
  if (stream === undefined) {
    records = await log.readAll(direction, placeOf(options), count, filterOf(options));
  } else {
    const from = stream.hasRevision() ? Number(stream.getRevision()) : undefined;
    // From the end forward there is nothing to read.
    const nothing = stream.hasEnd() && direction === 'forward';
    records = await log.readStream(nameOf(stream), direction, from, nothing ? 0 : count);
    if (records === undefined) {
      const missing = new pb.ReadResp.StreamNotFound();
      missing.setStreamIdentifier(stream.getStreamIdentifier());
      const response = new pb.ReadResp();
      response.setStreamNotFound(missing);
      call.write(response);
      return;
    }
  }
  for (const record of records) await send(call, eventResponse(record));
}

async function follow(parts: TwinParts, call: ServerWritableStream<ReadReq, ReadResp>): Promise<void> {
  const { log, subscriptions } = parts;
  const options = call.request.getOptions()!;
  if (options.hasStream()) throw { code: status.UNIMPLEMENTED, details: 'The twin follows $all only' };
  const wanted = filterOf(options);
  const stopping = new AbortController();
  subscriptions.add(call);
  const stop = (): void => {
    subscriptions.delete(call);
    stopping.abort();
  };
  call.on('cancelled', stop);
  call.on('close', stop);
  const confirmation = new pb.ReadResp.SubscriptionConfirmation();
  confirmation.setSubscriptionId(crypto.randomUUID());
  const confirmed = new pb.ReadResp();
  confirmed.setConfirmation(confirmation);
  await send(call, confirmed);
  const place = placeOf(options);
  const after = place === 'start' ? undefined : place === 'end' ? await log.headPlace() : place;
  const window = (options.getFilter()?.getMax() || 32) * (options.getFilter()?.getCheckpointintervalmultiplier() || 1);
  let considered = 0;
  let live = false;
  let last = after;
  await log.subscribe(after, stopping.signal, async (records, caughtUp) => {
    for (const record of records) {
      if (stopping.signal.aborted) return;
      last = record.place;
      considered += 1;
      if (wanted(record)) {
        parts.onFollowed();
        await send(call, eventResponse(record));
      }
      if (options.hasFilter() && considered % window === 0) await send(call, checkpointResponse(record.place));
    }
    if (live || !caughtUp || stopping.signal.aborted) return;
    live = true;
    if (options.hasFilter() && last !== undefined) await send(call, checkpointResponse(last));
    const response = new pb.ReadResp();
    response.setCaughtUp(new pb.ReadResp.CaughtUp());
    await send(call, response);
  });
}

/** Waits while the client does not take more. */
async function send(call: ServerWritableStream<ReadReq, ReadResp>, response: ReadResp): Promise<void> {
  if (call.cancelled || call.destroyed || call.writableEnded) return;
  if (call.write(response)) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  const first = ['drain', 'cancelled', 'close'].map((event) => once(call, event, { signal }).catch(() => undefined));
  await Promise.race(first);
  waiting.abort();
}

function eventResponse({ id, type, contentType, data, meta, stream, revision, place }: WireRecord): ReadResp {
  const uuid = new shared.UUID();
  uuid.setString(id);
  const recorded = new pb.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(uuid);
  recorded.setStreamIdentifier(identifierOf(stream));
  recorded.setStreamRevision(String(revision));
  recorded.setCommitPosition(String(place));
  recorded.setPreparePosition(String(place));
  recorded.getMetadataMap().set('type', type);
  recorded.getMetadataMap().set('content-type', contentType);
  recorded.getMetadataMap().set('created', String(BigInt(Date.now()) * 10_000n));
  recorded.setData(data);
  recorded.setCustomMetadata(meta);
  const event = new pb.ReadResp.ReadEvent();
  event.setEvent(recorded);
  event.setCommitPosition(String(place));
  const response = new pb.ReadResp();
  response.setEvent(event);
  return response;
}

function checkpointResponse(place: bigint): ReadResp {
  const checkpoint = new pb.ReadResp.Checkpoint();
  checkpoint.setCommitPosition(String(place));
  checkpoint.setPreparePosition(String(place));
  const response = new pb.ReadResp();
  response.setCheckpoint(checkpoint);
  return response;
}

function placeOf(options: ReadReq.Options): bigint | 'start' | 'end' {
  const all = options.getAll();
  if (all?.hasPosition()) return BigInt(all.getPosition()?.getCommitPosition() ?? 0);
  return all?.hasEnd() ? 'end' : 'start';
}

function filterOf(options: ReadReq.Options): (record: WireRecord) => boolean {
  const filter = options.getFilter();
  if (filter === undefined) return () => true;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  const value = ({ stream, type }: WireRecord): string => (filter.hasStreamIdentifier() ? stream : type);
  const prefixes = expression?.getPrefixList() ?? [];
  if (prefixes.length > 0) return (record) => prefixes.some((prefix) => value(record).startsWith(prefix));
  const regex = new RegExp(expression?.getRegex() ?? '', 's');
  return (record) => regex.test(value(record));
}

interface Proposed {
  getId(): { getString(): string } | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

const toWireEvent = (message: Proposed): WireEvent => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: Buffer.from(message.getData_asU8()),
  meta: Buffer.from(message.getCustomMetadata_asU8()),
});

interface Named {
  getStreamIdentifier(): { getStreamName_asU8(): Uint8Array } | undefined;
}

const nameOf = (options: Named | undefined): string =>
  Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();

function identifierOf(stream: string): shared.StreamIdentifier {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  return identifier;
}

function toServiceError(error: unknown, faults: Faults): Partial<ServiceError> {
  if (error instanceof TooLarge) return faults.error('too-large');
  if (error instanceof NoSuchPlace) return { code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' };
  if (error instanceof StreamDeleted) {
    const metadata = new Metadata();
    metadata.set('exception', 'stream-deleted');
    metadata.set('stream-name', encodeURIComponent(error.message));
    return { code: status.FAILED_PRECONDITION, details: `Event stream '${error.message}' is deleted.`, metadata };
  }
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number') {
    return error as Partial<ServiceError>;
  }
  return { code: status.UNKNOWN, details: `Exception was thrown by handler. ${String(error)}` };
}

import Database from 'better-sqlite3';
import { SqliteEventStore } from '../../../libs/event-store/src/sqlite/sqlite-event-store.js';
import { EVENTS_PER_STREAM, newEvent, OPEN_AT_ONCE } from './workload.js';

/** Makes a log of the product with that many streams, quickly: nothing is awaited from the disk. */
export async function seedLog(file: string, streams: number): Promise<void> {
  await SqliteEventStore.open({ file }).close();
  const db = new Database(file);
  db.pragma('synchronous = OFF');
  const insertStream = db.prepare('INSERT INTO streams (sid, name) VALUES (?, ?)');
  const insert = db.prepare('INSERT INTO events (pos, sid, rev, type, id, data, meta) VALUES (?, ?, ?, ?, ?, ?, ?)');
  let position = 0;
  for (let first = 0; first < streams; first += OPEN_AT_ONCE) {
    const open = Math.min(OPEN_AT_ONCE, streams - first);
    db.exec('BEGIN');
    for (let n = 0; n < open; n += 1) insertStream.run(first + n + 1, `incident-${first + n}`);
    for (let revision = 0; revision < EVENTS_PER_STREAM; revision += 1) {
      for (let n = 0; n < open; n += 1) {
        const { id, type, data, meta } = newEvent();
        position += 1;
        insert.run(position, first + n + 1, revision, type, id, JSON.stringify(data), JSON.stringify(meta));
      }
    }
    db.exec('COMMIT');
  }
  db.close();
}

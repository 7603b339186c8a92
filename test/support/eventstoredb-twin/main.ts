/** The twin as a process of its own, to be killed: `main.ts <file> <port>`. Says `listening <port>`, ends on SIGTERM. */
import { EventStoreDbTwin } from './twin.js';

const [file = '', port = '0'] = process.argv.slice(2);
const twin = await EventStoreDbTwin.start({ file, port: Number(port) });
process.stdout.write(`listening ${twin.port}\n`);
process.once('SIGTERM', () => void twin.close().then(() => process.exit(0)));

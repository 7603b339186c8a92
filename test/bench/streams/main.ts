import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { ask, declareAll, median } from '../client.js';
import { nowMs, type Answered, type ClientsOptions, type SeenReport, type ToClients, type Waits } from './messages.js';

const smoke = process.argv.includes('--smoke');
const number = (name: string, otherwise: number): number =>
  Number(process.argv.find((each) => each.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);
const size = {
  clients: number('clients', smoke ? 20 : 500),
  rounds: number('rounds', smoke ? 1 : 3),
  seconds: number('seconds', smoke ? 1 : 20),
  perSecond: number('rate', 200),
  reconnects: number('reconnects', smoke ? 10 : 2000),
};
const WARM_UP_S = smoke ? 0 : 3;
const execArgv = process.argv.includes('--prof') ? ['--cpu-prof', '--cpu-prof-dir=.cache/prof'] : [];

const start = async (script: string, args: readonly string[], env: NodeJS.ProcessEnv, own: readonly string[] = []) => {
  const child = fork(join(import.meta.dirname, script), args, { execArgv: [...own], env: { ...process.env, ...env } });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${script} ended with ${code}`);
    }),
  ])) as [Record<string, unknown>];
  return { child, message };
};

/** Seconds of processor that a process has had, and its memory in MiB. */
const usage = ({ pid }: ChildProcess): { readonly seconds: number; readonly mib: number } => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return { seconds: (Number(fields[11]) + Number(fields[12])) / 100, mib: (Number(fields[21]) * 4096) / 2 ** 20 };
};

interface Round extends SeenReport {
  readonly serverBusy: number;
  readonly clientsBusy: number;
  readonly mib: number;
}

const round = async (folder: string): Promise<Round> => {
  const { child: server, message } = await start('../server.js', [], { TOCSIN_DATA: folder }, execArgv);
  const url = String(message['url']).replace('[::1]', '127.0.0.1');
  const ids = await declareAll(url, 50);
  const stalled = Math.floor(size.clients * 0.05);
  const total = (WARM_UP_S + size.seconds) * size.perSecond;
  // A command of these records two events at most.
  const options: ClientsOptions = { url, reading: size.clients - stalled, stalled, eventsMax: total * 2 };
  const { child: clients } = await start('clients.js', [JSON.stringify(options)], {});
  const tell = (told: ToClients): void => void clients.send(told);
  const answered: Answered[] = [];
  const beganMs = nowMs();
  const sending: Promise<void>[] = [];
  let [left, before, clientsBefore] = [0, usage(server), usage(clients)];
  for (let n = 0; n < total; n += 1) {
    const waitMs = beganMs + (n / size.perSecond) * 1000 - nowMs();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const measured = n - WARM_UP_S * size.perSecond;
    if (measured === 0) [before, clientsBefore] = [usage(server), usage(clients)];
    const text = `événement ${n} ${'x'.repeat(200)}`;
    const path = `/api/v1/incidents/${ids[n % ids.length]}/commands/RecordLogbookEntry`;
    const askedMs = nowMs();
    sending.push(
      ask(url, path, { kind: 'fact', text }).then(({ json }) => {
        const position = Number(String(json['position']).slice(1));
        if (measured >= 0) answered.push({ position, askedMs, answeredMs: nowMs() });
      }),
    );
    const due = ((measured + 1) / (total - WARM_UP_S * size.perSecond)) * size.reconnects;
    while (left < due) {
      left += 1;
      tell({ reconnect: left * 7919 });
    }
  }
  await Promise.all(sending);
  const [after, clientsAfter] = [usage(server), usage(clients)];
  const told = once(clients, 'message') as Promise<[SeenReport]>;
  // In the order of the log, whatever the order of the answers.
  answered.sort((one, other) => one.position - other.position);
  tell({ answered });
  const [seen] = await told;
  server.disconnect();
  await once(server, 'exit');
  return {
    ...seen,
    serverBusy: (after.seconds - before.seconds) / size.seconds,
    clientsBusy: (clientsAfter.seconds - clientsBefore.seconds) / size.seconds,
    mib: after.mib,
  };
};

mkdirSync('.cache', { recursive: true });
const load = loadavg()[0] ?? 0;
const rounds: Round[] = [];
for (let n = 0; n < size.rounds; n += 1) {
  const folder = mkdtempSync(join('.cache', 'bench-streams-'));
  try {
    rounds.push(await round(folder));
    console.log(JSON.stringify(rounds.at(-1)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const of = (read: (each: Round) => number): number => median(rounds.map(read));
const waits = (read: (each: Round) => Waits): string =>
  (['p50', 'p90', 'p99', 'worst'] as const)
    .map((part) => `${part} ${of((each) => read(each)[part]).toFixed(1)} ms`)
    .join(', ');
const [p50, p99] = [of(({ sinceAnswered }) => sinceAnswered.p50), of(({ sinceAnswered }) => sinceAnswered.p99)];
const verdict = (met: boolean): string => (met ? 'met' : '**missed**');
const broken = rounds.flatMap((each) => each.broken);
const lines = [
  `Measured on ${new Date().toISOString().slice(0, 10)}; median of ${size.rounds} rounds of ${size.seconds} s. Load average when it started: ${load.toFixed(1)}.${load > 1 ? ' **The machine was busy with other work**: trust the processor times, not the waits.' : ''}`,
  '',
  '| What | Figure | Goal |',
  '| --- | --- | --- |',
  `| From the command's answer to the client | ${waits((each) => each.sinceAnswered)} | p50 5 ms: ${verdict(p50 <= 5)}; p99 50 ms: ${verdict(p99 <= 50)} |`,
  `| From the sending of the command to the client | ${waits((each) => each.sinceAsked)} | |`,
  `| Messages to clients | ${Math.round(of(({ arrivals }) => arrivals) / size.seconds).toLocaleString('en')} /s | |`,
  `| Processor of the server | ${Math.round(of(({ serverBusy }) => serverBusy) * 100)} % of one core, ${Math.round(of(({ mib }) => mib))} MiB; of all clients ${Math.round(of(({ clientsBusy }) => clientsBusy) * 100)} % | |`,
  `| Reconnections, and clients that missed an event or had one twice | ${of(({ reconnects }) => reconnects).toLocaleString('en')}, ${broken.length} | 0: ${verdict(broken.length === 0)} |`,
];
console.log(lines.join('\n'));
if (!smoke && process.argv.includes('--write')) {
  const [file, begin, end] = [
    'docs/benchmarks.md',
    '<!-- stream figures: begin (npm run bench -- streams --write) -->',
    '<!-- stream figures: end -->',
  ];
  const page = readFileSync(file, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`${file} lacks its markers`);
  writeFileSync(file, `${page.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${page.slice(to)}`);
}
process.exit(broken.length === 0 ? 0 : 1);

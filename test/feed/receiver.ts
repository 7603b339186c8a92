import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The CloudEvent. */
  readonly event: any;
}

export type Behaviour = (
  received: Received,
  response: ServerResponse,
  request: IncomingMessage,
) => number | void | Promise<void>;

/** Somebody else's server: notes what it gets, and answers as it is told to. */
export class Receiver {
  readonly all: Received[] = [];
  /** A number is the status of an empty answer. */
  behave: Behaviour = () => 204;
  url = '';
  private readonly waiting = new Set<() => void>();
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => void this.take(request, response));

  async start(port = 0): Promise<void> {
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    });
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Ids of what was answered with success would need the sender; these are of what came, repeats included. */
  get ids(): string[] {
    return this.all.map(({ headers }) => headers['webhook-id'] ?? '');
  }

  async until(holds: (receiver: this) => boolean): Promise<this> {
    while (!holds(this)) await new Promise<void>((resolve) => this.waiting.add(resolve));
    return this;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const received: Received = {
      path: request.url ?? '',
      headers: request.headers as Record<string, string>,
      text,
      event: JSON.parse(text),
    };
    this.all.push(received);
    const status = await this.behave(received, response, request);
    if (typeof status === 'number') response.writeHead(status).end();
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const each of waiting) each();
  }
}

// A webhook's receiver: a real HTTP server beside the tests that keeps what came and answers as its
// path says, `/<manner>/<inbox>`. It verifies nothing; that is for the tests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Its URL. It lets the process end. */
export async function startReceiver(): Promise<string> {
  const inboxes = new Map<string, Received[]>();
  const server = createServer((request, response) => void take(inboxes, request, response));
  server.unref();
  await listening(server);
  // Node's own type also covers sockets in the file system.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

async function take(
  inboxes: Map<string, Received[]>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, manner = '', inbox = ''] = (request.url ?? '').split('/');
  const received = inboxes.get(inbox) ?? [];
  if (manner === 'inbox') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(received));
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
  inboxes.set(inbox, received);
  answer(manner, received.length, response);
}

function answer(manner: string, count: number, response: ServerResponse): void {
  const location = '/ok/redirected';
  if (manner === 'redirect') response.writeHead(307, { location }).end();
  else if (manner === 'gone') response.writeHead(410).end();
  else if (manner === 'failing') response.writeHead(500).end();
  else if (manner === 'failing-once') response.writeHead(count === 1 ? 503 : 204).end();
  else if (manner === 'flood') flood(response);
  else if (manner !== 'silent') response.writeHead(204).end();
}

/** Says yes, and never stops talking. */
function flood(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
  response.on('close', () => clearInterval(timer));
}

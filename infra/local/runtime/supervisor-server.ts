// The supervisor's ear: a unix socket on which dispatch bindings and doors ask where to connect.
// Only our own code inside workerd can reach it; user Workers have no binding to it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { DispatchSettings } from '../state/script-store.ts';
import type { CallLimit } from '../worker-code/call-limits.ts';
import type { TailBatch } from '../worker-code/tail-protocol.ts';
import type { AccountRuntime } from './account-runtime.ts';
import type { Supervisor } from './supervisor.ts';
import type { TailHub } from './tail-hub.ts';

interface Question extends TailBatch {
  readonly namespace: string;
  readonly script: string;
  readonly generation: number;
  readonly sentAtMs: number;
  readonly service: string;
  readonly limit: CallLimit;
  readonly limits: DispatchSettings['limits'];
  readonly outbound: DispatchSettings['outbound'];
}

/** Of one request, when its dispatch did not say. */
const DEFAULT_SUBREQUESTS = 1000;

type Answer = { readonly status: number; readonly body: object };

const ok = (body: object): Answer => ({ status: 200, body });
const refuse = (message: string): Answer => ({ status: 404, body: { message } });

export async function serveSupervisor(
  path: string,
  supervisor: Supervisor,
  account: AccountRuntime,
  tails: TailHub,
): Promise<Server> {
  const server = createServer((request, response) => {
    void respond(request, response, async (url, question) => {
      if (url === '/tail') return ok({ watched: tails.publish(question, Date.now()) });
      return answer(supervisor, account, url, question);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

async function answer(
  supervisor: Supervisor,
  account: AccountRuntime,
  url: string,
  question: Question,
): Promise<Answer> {
  const { namespace, script } = question;
  switch (url) {
    case '/resolve': {
      const { limits, outbound } = question;
      const settings = { ...(limits && { limits }), ...(outbound && { outbound }) };
      const process = await supervisor.resolve(namespace, script, settings);
      if (process === undefined) return refuse('Worker not found.');
      return ok(process.identity);
    }
    case '/verdict':
      return ok(await supervisor.verdict(namespace, script, question));
    case '/over':
      await supervisor.over(question, question.limit);
      return ok({});
    case '/streams':
      supervisor.streams(question);
      return ok({});
    case '/account-worker':
      return ok(await account.target(question.service));
    case '/outbound': {
      const { limits, outbound } = supervisor.settingsOf(namespace, script);
      const limit = limits?.subRequests ?? DEFAULT_SUBREQUESTS;
      if (outbound === undefined) return ok({ limit });
      const { service, params } = outbound;
      return ok({ limit, target: { ...(await account.target(service)), params } });
    }
    default:
      return refuse('No such question.');
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (url: string, question: Question) => Promise<Answer>,
): Promise<void> {
  let result: Answer;
  try {
    const chunks: Buffer[] = [];
    // A request stream's chunks are buffers as long as no encoding is set.
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // Both ends are ours and in the same release: the question is not checked further.
    const question = JSON.parse(Buffer.concat(chunks).toString()) as Question;
    result = await handle(request.url ?? '', question);
  } catch (error) {
    result = { status: 503, body: { message: error instanceof Error ? error.message : 'failed' } };
  }
  response.writeHead(result.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(result.body));
}

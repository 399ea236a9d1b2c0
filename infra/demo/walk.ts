// `npm run demo`: walks through what the platform guarantees, one line a guarantee, against the
// running platform. Every line is measured here and now; a guarantee that does not hold ends it.
import { randomUUID } from 'node:crypto';
import pc from 'picocolors';
import { CliError } from '../cli/cli-error.ts';
import { guarded, openSession, say } from '../cli/context.ts';
import {
  type Answer,
  type CallOptions,
  call,
  objectOf,
  requestToken,
} from '../cli/platform-client.ts';
import { markedProcesses } from '../local/runtime/process-marks.ts';

const TENANT = 'acme';
const OTHER_TENANTS_ENTITY = 'acct_hotline';

interface Walk {
  readonly stateDir: string;
  readonly url: string;
  readonly token: string;
  readonly entityId: string;
}

interface Stop {
  readonly title: string;
  /** Answers what was seen, and the path it was seen at; throws when the guarantee does not hold. */
  readonly run: (walk: Walk) => Promise<{ readonly seen: string; readonly path: string }>;
}

const key = `demo-${randomUUID()}`;
const charge = (walk: Walk, amount: number): CallOptions => ({
  idempotencyKey: key,
  body: { entity_id: walk.entityId, type: 'charge', data: { amount, currency: 'USD' } },
});
const append = (walk: Walk, options: CallOptions, token = walk.token): Promise<Answer> =>
  call(walk.url, token, 'POST', '/v1/facts', options);
const read = (walk: Walk, path: string): Promise<Answer> => call(walk.url, walk.token, 'GET', path);

const STOPS: readonly Stop[] = [
  {
    title: 'append',
    run: async (walk) => {
      const answer = expect(await append(walk, charge(walk, 500)), 201);
      return {
        seen: `fact ${field(answer, 'seq')}, hash ${field(answer, 'hash').slice(0, 12)}…`,
        path: factsPath(walk),
      };
    },
  },
  {
    title: 'retry with the same key',
    run: async (walk) => {
      const answer = expect(await append(walk, charge(walk, 500)), 201);
      must(answer.headers.get('idempotency-replayed') === 'true', 'the retry was not a replay');
      return { seen: `replayed, still fact ${field(answer, 'seq')}`, path: factsPath(walk) };
    },
  },
  {
    title: 'changed retry',
    run: async (walk) =>
      refused(await append(walk, charge(walk, 501)), 422, 'idempotency_key_reused', '/v1/facts'),
  },
  {
    title: 'over the credit limit',
    run: async (walk) => {
      const { body } = charge(walk, 10 ** 9);
      return refused(await append(walk, { body }), 422, 'invariant_violated', statePath(walk));
    },
  },
  {
    title: 'forged token',
    run: async (walk) => {
      const [header = '', payload = '', signature = ''] = walk.token.split('.');
      const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const other = { ...objectOf(claims), tenant_id: 'globex' };
      const forged = [
        header,
        Buffer.from(JSON.stringify(other)).toString('base64url'),
        signature,
      ].join('.');
      return refused(
        await append(walk, charge(walk, 500), forged),
        401,
        'token_invalid',
        '/v1/facts',
      );
    },
  },
  {
    title: 'another tenant’s entity',
    run: async (walk) => {
      const path = `/v1/entities/${OTHER_TENANTS_ENTITY}`;
      return refused(await read(walk, path), 404, 'not_found', path);
    },
  },
  { title: 'kill -9 of the tenant’s process', run: crashAndReadBack },
  {
    title: 'verify',
    run: async (walk) => {
      const path = `/v1/entities/${walk.entityId}/verify`;
      const { ok, facts, head } = objectOf(expect(await read(walk, path), 200).body);
      must(ok === true, 'the chain does not verify');
      const hash = String(objectOf(head).hash);
      return {
        seen: `${String(facts)} facts, chain and state hold, head ${hash.slice(0, 12)}…`,
        path,
      };
    },
  },
];

await guarded(async () => {
  const session = openSession(process.env.Z0_STATE);
  const { local, stateDir } = session;
  const credentials = local.tenants[TENANT];
  if (credentials === undefined)
    throw new CliError(`the demo tenant ${TENANT} is not here`, 'start without --no-seed');
  const result = await requestToken(local.platform_url, credentials);
  if ('refused' in result) throw new CliError('no token for the demo tenant');
  const walk: Walk = {
    stateDir,
    url: local.dispatcher_url,
    token: result.token,
    entityId: await newAccount(local.dispatcher_url, result.token),
  };
  for (const { title, run } of STOPS) {
    const { seen, path } = await run(walk);
    say(
      `${pc.green('✓')} ${title.padEnd(32)} ${seen.padEnd(58)} ${pc.dim(new URL(path, walk.url).href)}`,
    );
  }
  say(`\nSee it: ${pc.cyan(local.dashboard_url)}`);
});

async function newAccount(url: string, token: string): Promise<string> {
  const body = {
    type: 'account',
    data: { currency: 'USD', credit_limit: 100_000, owner: 'Demo walk' },
  };
  return field(expect(await call(url, token, 'POST', '/v1/entities', { body }), 201), 'id');
}

async function crashAndReadBack(walk: Walk): Promise<{ seen: string; path: string }> {
  const before = JSON.stringify(objectOf((await read(walk, statePath(walk))).body).state);
  const pids = markedProcesses(walk.stateDir, `tenant-${TENANT}`);
  must(pids.length === 1, `expected one process of ${TENANT}, found ${pids.length}`);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  let answer = await read(walk, statePath(walk));
  // The first request may meet the dying process: a read can always be repeated.
  if (answer.status >= 500) answer = await read(walk, statePath(walk));
  const after = JSON.stringify(objectOf(expect(answer, 200).body).state);
  must(before === after, `the state changed: ${before} became ${after}`);
  return {
    seen: `process ${pids.join()} killed; a new one has the same state`,
    path: statePath(walk),
  };
}

function factsPath({ entityId }: Walk): string {
  return `/v1/entities/${entityId}/facts`;
}

function statePath({ entityId }: Walk): string {
  return `/v1/entities/${entityId}/state`;
}

function field(answer: Answer, name: string): string {
  return String(objectOf(answer.body)[name]);
}

function expect(answer: Answer, status: number): Answer {
  must(answer.status === status, `answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
}

function refused(
  answer: Answer,
  status: number,
  code: string,
  path: string,
): { seen: string; path: string } {
  expect(answer, status);
  must(field(answer, 'code') === code, `refused as ${field(answer, 'code')}, not ${code}`);
  return { seen: `refused: ${status} ${code}`, path };
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new CliError(otherwise);
}

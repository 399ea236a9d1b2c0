// When processes of user Workers stop by themselves and come back: first as a decision over plain
// facts, then on the real runtime.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LiveProcess, toStop } from '../../infra/local/runtime/life-cycle.ts';
import { processesOf } from './processes.ts';
import {
  makeStateDir,
  openCloud,
  openProject,
  type Send,
  sender,
  type TestCloud,
  type Upload,
  until,
  upload,
} from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

interface Facts {
  readonly idleMs: number;
  readonly busy?: boolean;
  readonly alarmInMs?: number;
}

const NOW = 1_000_000;
const process = (key: string, { idleMs, busy = false, alarmInMs }: Facts): LiveProcess => ({
  key,
  activeMs: NOW - idleMs,
  isBusy: async () => busy,
  alarmMs: () => (alarmInMs === undefined ? undefined : NOW + alarmInMs),
});

describe('which processes stop', () => {
  const limits = { idleMs: 10_000, maxLive: 3 };

  test.each<[string, Record<string, Facts>, number, string[]]>([
    ['none that did something lately', { a: { idleMs: 9999 } }, 0, []],
    ['one that was idle for long', { a: { idleMs: 10_000 }, b: { idleMs: 10 } }, 0, ['a']],
    ['none with a request or a socket', { a: { idleMs: 99_000, busy: true } }, 0, []],
    ['none whose alarm is near', { a: { idleMs: 99_000, alarmInMs: 2000 } }, 0, []],
    ['none whose alarm is due', { a: { idleMs: 99_000, alarmInMs: -5 } }, 0, []],
    ['one whose alarm is far', { a: { idleMs: 99_000, alarmInMs: 2001 } }, 0, ['a']],
    [
      'the longest idle when one more is to start',
      { a: { idleMs: 300 }, b: { idleMs: 900 }, c: { idleMs: 600 } },
      1,
      ['b'],
    ],
    [
      'the next when the longest idle has a socket',
      { a: { idleMs: 300 }, b: { idleMs: 900, busy: true }, c: { idleMs: 600 } },
      1,
      ['c'],
    ],
    [
      'none when all are at work, however many',
      { a: { idleMs: 0 }, b: { idleMs: 100 }, c: { idleMs: 0 }, d: { idleMs: 0 } },
      1,
      [],
    ],
    [
      'as many as there are too many',
      { a: { idleMs: 400 }, b: { idleMs: 300 }, c: { idleMs: 500 }, d: { idleMs: 600 } },
      1,
      ['d', 'c'],
    ],
  ])('%s', async (_, facts, wanted, stopped) => {
    const live = Object.entries(facts).map(([key, one]) => process(key, one));
    expect(await toStop(live, limits, NOW, wanted)).toEqual(stopped);
  });
});

/** Sets an alarm; its handler says when it rang, and asks the outbound Worker who it is for. */
const BELL: Upload = {
  code: `
import { DurableObject } from 'cloudflare:workers';
export class Bell extends DurableObject {
  async set(ms) {
    await this.ctx.storage.setAlarm(Date.now() + ms);
    return null;
  }
  async alarm() {
    const answer = await fetch('https://example.com/who').then((one) => one.text(), String);
    this.ctx.storage.kv.put('rang', { at: Date.now(), answer });
  }
  async rang() {
    return this.ctx.storage.kv.get('rang') ?? null;
  }
  async note(answer) {
    this.ctx.storage.kv.put('rang', answer);
  }
}
export default {
  async fetch(request, env, ctx) {
    const bell = env.BELL.get(env.BELL.idFromName('the one'));
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/later') {
      const asked = fetch('https://example.com/slow').then((answer) => answer.text());
      ctx.waitUntil(asked.then((text) => bell.note(text)));
      return Response.json(null);
    }
    return Response.json(await (pathname === '/set' ? bell.set(Number(searchParams.get('ms'))) : bell.rang()));
  },
};`,
  metadata: {
    bindings: [{ type: 'durable_object_namespace', name: 'BELL', class_name: 'Bell' }],
    migrations: { new_tag: 'v1', new_sqlite_classes: ['Bell'] },
  },
};

/** Answers with the parameter it was given, when asked so after a while. */
const OUTBOUND: Upload = {
  code: `export default {
    async fetch(request, env) {
      if (request.url.endsWith('/slow')) await scheduler.wait(2500);
      return new Response('for ' + env.customer);
    },
  };`,
};

const asCustomer = (name: string) => ({
  headers: { 'x-options': JSON.stringify({ outbound: { customer: name } }) },
});

const servedBy = (cloud: TestCloud, script: string): number =>
  processesOf(cloud.stateDir).filter(({ command }) => command.includes(`/${script}.`)).length;

const userWorkers = (cloud: TestCloud): number =>
  processesOf(cloud.stateDir).filter(({ command }) => command.includes('control=unix:')).length;

const stopped = (cloud: TestCloud, script: string): Promise<boolean> =>
  until(`${script} to stop`, () => servedBy(cloud, script) === 0);

describe('idle user Workers', () => {
  let cloud: TestCloud;
  let send: Send;
  const stateDir = makeStateDir();
  const limits = { idleMs: 700, maxLive: 40 };

  beforeAll(async () => {
    const setUp = async (project: TestCloud): Promise<void> => {
      await upload(project, '', 'outbound', OUTBOUND);
      await upload(
        project,
        '',
        'router',
        dispatcher({ service: 'outbound', params: ['customer'] }),
      );
      await upload(project, 'customers', 'alpha', echo());
      await upload(project, 'customers', 'bell', BELL);
      await upload(project, 'customers', 'late-bell', BELL);
    };
    cloud = await openProject(setUp, stateDir, { lifeCycle: limits });
    send = sender(cloud);
  });
  afterAll(() => cloud.close());

  test('one that falls idle stops, and the next request finds its data', async () => {
    await send('alpha', '/add?n=4');
    await stopped(cloud, 'alpha');
    expect(await (await send('alpha', '/add?n=1')).json()).toBe(5);
  });

  test('an open WebSocket keeps it', async () => {
    const socket = new WebSocket(
      `${cloud.cloud.workerUrl('router').replace('http', 'ws')}/socket?script=alpha`,
    );
    const heard = new Promise((resolve) =>
      socket.addEventListener('message', ({ data }) => resolve(data)),
    );
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    await send('late-bell', '/rang');
    // Idle for as long, and without a socket.
    await stopped(cloud, 'late-bell');
    expect(servedBy(cloud, 'alpha')).toBe(1);
    socket.send('still there?');
    expect(await heard).toBe('echo: still there?');
    socket.close();
    await stopped(cloud, 'alpha');
  });

  test('a call it makes after its answer is waited for', async () => {
    await send('bell', '/later', asCustomer('initech'));
    await stopped(cloud, 'bell');
    expect(await (await send('bell', '/rang')).json()).toBe('for initech');
  });

  test('an alarm wakes it, and what the alarm fetches goes where its requests go', async () => {
    const setAt = Date.now();
    await send('bell', '/set?ms=4500', asCustomer('acme'));
    await stopped(cloud, 'bell');
    await until('the alarm to start it', () => servedBy(cloud, 'bell') === 1);
    await stopped(cloud, 'bell');
    const rang = await (await send('bell', '/rang', asCustomer('acme'))).json();
    expect(rang).toEqual({ at: expect.any(Number), answer: 'for acme' });
    expect(Reflect.get(rang ?? {}, 'at')).toBeGreaterThanOrEqual(setAt + 4500);
  });

  test('an alarm set before everything was stopped rings after the start, as its own customer', async () => {
    await send('late-bell', '/set?ms=1000', asCustomer('globex'));
    await cloud.close();
    cloud = await openCloud(stateDir, { lifeCycle: limits });
    await cloud.cloud.ready();
    send = sender(cloud);
    await until('the alarm to start it', () => servedBy(cloud, 'late-bell') === 1);
    await stopped(cloud, 'late-bell');
    const rang = await (await send('late-bell', '/rang')).json();
    expect(rang).toEqual({ at: expect.any(Number), answer: 'for globex' });
  });
});

describe('more user Workers than may be alive', () => {
  const scripts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  let cloud: TestCloud;
  let send: Send;

  beforeAll(async () => {
    const setUp = async (project: TestCloud): Promise<void> => {
      await upload(project, '', 'router', dispatcher());
      for (const script of scripts) await upload(project, 'customers', script, echo());
    };
    cloud = await openProject(setUp, undefined, { lifeCycle: { idleMs: 60_000, maxLive: 3 } });
    send = sender(cloud);
  });
  afterAll(() => cloud.close());

  test('all answer, in any order and at once, and none forgets', async () => {
    const rounds = 3;
    for (let round = 0; round < rounds; round += 1) {
      const order = scripts.toSorted(() => Math.random() - 0.5);
      const answers = await Promise.all(order.map((script) => send(script, '/add?n=1')));
      for (const answer of answers) expect(await answer.json()).toBe(round + 1);
    }
  });

  test('one after the other, no more than that many are alive', async () => {
    for (const script of [...scripts, ...scripts]) {
      await (await send(script, '/version')).text();
      // The new one is there before the old one's end is seen.
      await until('the others to stop', () => userWorkers(cloud) <= 3);
    }
  });
});

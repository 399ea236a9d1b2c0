// The same expectations held against the embedded Cloudflare, or against Cloudflare itself when
// `Z0_CLOUD_ACCOUNT` (an account with Workers for Platforms) and `Z0_CLOUD_TOKEN` (an API token for it)
// are set. At its end it says which were never confirmed on Cloudflare; a run there notes what held.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SUBJECTS } from './all-subjects.ts';
import confirmed from './confirmed.json' with { type: 'json' };
import { type Expectation, type Subject, titleOf } from './expectations.ts';
import { madeBefore, namesInAccount, removeLeftOvers } from './left-overs.ts';
import { makeIn } from './made-things.ts';
import { neverConfirmed, pageText } from './page.ts';
import { type ConformanceTarget, openRun, openTarget } from './target.ts';
import { resultOf } from './wire.ts';

const CONFIRMED = new URL('confirmed.json', import.meta.url);
const PAGE = new URL('../../../docs/cloudflare-conformance.md', import.meta.url);
const LIMIT_MS = 240_000;

const titles = SUBJECTS.flatMap((subject) =>
  subject.expectations.map((expectation) => titleOf(subject, expectation)),
);
const dates: Record<string, string> = { ...confirmed };
let target: ConformanceTarget;

beforeAll(async () => {
  target = await openTarget();
}, LIMIT_MS);

afterAll(async () => {
  await target.stop();
  if (target.isReal) writeFileSync(CONFIRMED, `${JSON.stringify(dates, null, 2)}\n`);
  const never = titles.filter((title) => dates[title] === undefined);
  console.log(
    [`${never.length} of ${titles.length} never confirmed on Cloudflare:`, ...never].join('\n  '),
  );
}, LIMIT_MS);

// By loops: `test.each` cuts a name short.
for (const subject of SUBJECTS) {
  describe(subject.title, () => {
    for (const expectation of subject.expectations) {
      test(expectation.name, { timeout: LIMIT_MS }, () => confirm(subject, expectation));
    }
  });
}

async function confirm(subject: Subject, expectation: Expectation): Promise<void> {
  const title = titleOf(subject, expectation);
  if (target.isReal) delete dates[title];
  await expectation.run(target);
  if (target.isReal) dates[title] = new Date().toISOString().slice(0, 10);
}

describe('the table', () => {
  test('names every expectation once', () => {
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('has a date only for what it still expects', () => {
    expect(Object.keys(confirmed).filter((title) => !titles.includes(title))).toEqual([]);
  });

  test('is the page in docs; if not, page.ts makes it anew', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(pageText());
  });

  test('says of each that it was never confirmed, or when', () => {
    const rows = readFileSync(PAGE, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith(' | never |'));
    expect(rows).toHaveLength(neverConfirmed().length);
  });
});

describe('a run', () => {
  /** In a real account others make things, too, while this runs. */
  const made = async (one: ConformanceTarget): Promise<string[]> =>
    (await namesInAccount(one)).filter((name) => !one.isReal || name.includes(': z0c-'));

  test('takes away everything that it made, and nothing else', { timeout: LIMIT_MS }, async () => {
    const before = await made(target);
    const run = await openRun({ ...target, close: async () => {} });
    await makeIn(run, '/queues', { queue_name: run.fresh('queue') }, 'queue_id');
    await makeIn(run, '/storage/kv/namespaces', { title: run.fresh('kv') }, 'id');
    await makeIn(run, '/d1/database', { name: run.fresh('d1') }, 'uuid');
    const bucket = await makeIn(run, '/r2/buckets', { name: run.fresh('r2') }, 'name');
    run.deleteLater(`/r2/buckets/${bucket}/objects/one`);
    resultOf(await run.call('PUT', `/r2/buckets/${bucket}/objects/one`, 'x'));
    resultOf(await run.upload(run.fresh('script'), { code: 'export default {}' }));
    expect(await made(run)).toHaveLength(before.length + 7);
    await run.stop();
    expect(await made(target)).toEqual(before);
  });

  test('takes away what a run that was killed left, and nothing else', async () => {
    const before = await made(target);
    const bucket = `z0c-${(1000).toString(36)}-0a1b2c-r2-1`;
    await makeIn(target, '/queues', { queue_name: bucket }, 'queue_id');
    await makeIn(target, '/r2/buckets', { name: bucket }, 'name');
    resultOf(await target.call('PUT', `/r2/buckets/${bucket}/objects/folder/one`, 'x'));
    await removeLeftOvers(target, 2000);
    expect(await made(target)).toEqual(before);
  });
});

describe('what killed runs left behind', () => {
  test.each([
    [`z0c-${(1000).toString(36)}-0a1b2c-queue-1`, true],
    [`z0c-${(3000).toString(36)}-0a1b2c-queue-1`, false],
    ['z0c-production', false],
    [`my-z0c-${(1000).toString(36)}-0a1b2c-queue-1`, false],
    ['customers', false],
    ['undefined', false],
  ])('is known by its name alone: %s is %s', (name, old) => {
    expect(madeBefore(name, 2000)).toBe(old);
  });
});

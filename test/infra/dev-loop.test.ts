// How changes of a project become reloads: one at a time, the newest of those that wait, and whatever is
// wrong is told and waited out.
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { DevLoop } from '../../infra/cli/custom/dev-loop.ts';
import type { DevScreen } from '../../infra/cli/custom/dev-screen.ts';
import type { Reloaded } from '../../infra/cli/custom/dev-worker.ts';
import { readProject } from '../../infra/cli/custom/project.ts';

const WAIT = { timeout: 20_000 };
const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-loop-')));
const LIVE = {
  ok: true,
  classes: [],
  notes: [],
  steps: { start: 1, upload: 1, answer: 1 },
} as const;
let count = 0;
let loop: DevLoop | undefined;

afterEach(async () => {
  await loop?.end();
  loop = undefined;
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A project in the loop; each reload is answered by `answer`, and what was told is kept. */
function looped(answer: (content: string) => Promise<Reloaded>) {
  count += 1;
  const dir = join(place, `project-${count}`);
  const write = (path: string, text: string): void => {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.draft`, text);
    renameSync(`${file}.draft`, file);
  };
  write('z0.json', '{ "main": "one.ts" }');
  write('one.ts', `export const name = 'v1';`);
  const reloads: string[] = [];
  const told: string[] = [];
  const reload = async (_project: unknown, { content }: { content: string }): Promise<Reloaded> => {
    const [, version = ''] = /name = "(\w+)"/.exec(content) ?? [];
    reloads.push(version);
    return answer(version);
  };
  const screen: DevScreen = {
    report: () => undefined,
    live: ({ ms }) => void told.push(ms >= 0 ? 'live' : 'before it was saved'),
    fault: (lines) => void told.push(lines.join('\n')),
    ready: () => undefined,
    log: () => undefined,
  };
  loop = new DevLoop(readProject(dir), { reload }, screen);
  return { write, reloads, told, start: loop.start(), end: () => loop?.end() };
}

test('changes that come during a reload wait for it, and the newest of them is the last', async () => {
  const first = Promise.withResolvers<Reloaded>();
  let running = 0;
  const atOnce: number[] = [];
  const { write, reloads } = looped(async (version) => {
    running += 1;
    atOnce.push(running);
    const reloaded = version === 'v1' ? await first.promise : LIVE;
    running -= 1;
    return reloaded;
  });
  await vi.waitFor(() => expect(reloads).toEqual(['v1']), WAIT);
  for (const version of ['v2', 'v3', 'v4']) {
    write('one.ts', `export const name = '${version}';`);
    // So that the watch, which looks ten times a second, is likely to see each by itself.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(reloads).toEqual(['v1']);
  first.resolve(LIVE);
  await vi.waitFor(() => expect(reloads.at(-1)).toBe('v4'), WAIT);
  expect(Math.max(...atOnce)).toBe(1);
});

test('what is at fault, thrown or answered, is told, and the next change is taken', async () => {
  const answers: Record<string, () => Promise<Reloaded>> = {
    v2: async () => ({ ok: false, lines: ['a: b', 'c: d'] }),
    v3: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
  };
  const { write, told, start } = looped((version) => (answers[version] ?? (async () => LIVE))());
  await start;
  const tells = async (version: string, what: unknown): Promise<void> => {
    const before = told.length;
    write('one.ts', `export const name = '${version}';`);
    await vi.waitFor(() => expect(told.slice(before)).toEqual([what]), WAIT);
  };
  await tells('v2', 'a: b\nc: d');
  await tells('v3', expect.stringContaining('the platform does not answer: ECONNREFUSED'));
  await tells('v4', 'live');
});

test('z0.json may name another file, which is watched from then on', async () => {
  const { write, reloads, start } = looped(async () => LIVE);
  await start;
  write('two.ts', `export const name = 'other';`);
  write('z0.json', '{ "main": "two.ts" }');
  await vi.waitFor(() => expect(reloads.at(-1)).toBe('other'), WAIT);
  write('two.ts', `export const name = 'changed';`);
  await vi.waitFor(() => expect(reloads.at(-1)).toBe('changed'), WAIT);
});

test('its end waits for the reload that is under way, and takes no other', async () => {
  const first = Promise.withResolvers<Reloaded>();
  const { write, reloads, told, end } = looped(() => first.promise);
  await vi.waitFor(() => expect(reloads).toEqual(['v1']), WAIT);
  write('one.ts', `export const name = 'v2';`);
  const ended = end();
  first.resolve(LIVE);
  await ended;
  expect(told).toEqual(['live']);
  expect(reloads).toEqual(['v1']);
});

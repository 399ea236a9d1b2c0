// What `z0 dev` says to a person, and that docs/dev.md shows it as it is said and names every option.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { jsonScreen, personScreen } from '../../infra/cli/custom/dev-screen.ts';
import { devCommand } from '../../infra/cli/dev-command.ts';

const GUIDE = readFileSync(new URL('../../docs/dev.md', import.meta.url), 'utf8');

let said = '';
let printed = '';

beforeEach(() => {
  said = '';
  printed = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const described = (name: string, type: string, prefix: string) =>
  ({ name, kind: 'entity', type, prefix, from: 'custom' }) as const;
const points = described('PointsLedger', 'points', 'pts');
const vouchers = described('VoucherLedger', 'voucher', 'vou');
const steps = { bundle: 6.4, start: 93, upload: 159, answer: 106 };
const live = { ms: 383.2, steps, classes: [points], notes: [] };
const local = {
  ready_at: '',
  pid: 1,
  account_id: 'a',
  api_token: 't',
  cloudflare_api_url: 'http://127.0.0.1:8700/client/v4',
  workers_url: 'http://127.0.0.1:8704',
  dispatcher_url: 'http://127.0.0.1:8701',
  platform_url: 'http://127.0.0.1:8702',
  dashboard_url: 'http://127.0.0.1:8702/dashboard/sign-in?token=abc',
  dispatch_namespace: 'z0-tenants',
  operator_token: 'o',
  tenants: {},
};
const ready = () => ({
  tenant: 'dev',
  local,
  stateDir: 'points/.z0',
  isOwn: true,
  token: { token: 'eyJ.a.b', endsAtMs: Date.now() + 900_000 },
});

/** Without colours and without times of day. */
const plain = (text: string): string[] =>
  stripVTControlCharacters(text)
    .replaceAll(/^\d\d:\d\d:\d\d /gm, '')
    .split('\n');

test('docs/dev.md shows what is said, line by line', () => {
  const screen = personScreen();
  screen.live(live);
  screen.ready(ready());
  screen.fault(['src/ledgers.ts:59: syntax: Unexpected ";"']);
  const shown = Array.from(GUIDE.matchAll(/^```text\n([^]*?)^```$/gm), ([, text = '']) => text);
  for (const line of shown.join('').trimEnd().split('\n')) {
    const literal = line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*');
    expect(plain(said)).toContainEqual(expect.stringMatching(new RegExp(`^${literal}$`)));
  }
});

test('docs/dev.md names every option of the command, and none that it does not have', () => {
  const named = Array.from(GUIDE.matchAll(/^\| `--([a-z-]+)/gm), ([, name]) => name);
  const options = Object.entries(devCommand.args ?? {})
    .filter(([, { type }]) => type !== 'positional')
    .map(([name]) => name);
  expect(new Set(named)).toEqual(new Set(options));
});

test('the call that is shown works as it stands, for the first type there is', () => {
  const screen = personScreen();
  screen.live(live);
  screen.ready(ready());
  const [, command = ''] = /(curl [^]*?)\n\n/.exec(plain(said).join('\n')) ?? [];
  expect(command.replaceAll(/ \\\n\s*/g, ' ')).toBe(
    `curl -s http://127.0.0.1:8701/v1/entities -H 'authorization: Bearer eyJ.a.b' ` +
      `-H 'content-type: application/json' -d '{"type":"points"}'`,
  );
});

test('where nothing is live yet, the call that is shown asks whether anything answers', () => {
  personScreen().ready(ready());
  expect(plain(said).join()).toContain('/v1/health');
});

test('classes that come and go are told, those that stay are not', () => {
  const screen = personScreen();
  screen.live(live);
  screen.live({ ...live, classes: [points, vouchers] });
  screen.live({ ...live, classes: [vouchers] });
  const changes = plain(said).filter((line) => line.startsWith('  '));
  expect(changes).toEqual([
    '  + VoucherLedger (voucher, ids vou_…): added',
    '  - PointsLedger (points, ids pts_…): not served any more, facts are kept',
  ]);
});

test('a fault before anything was live does not claim that something goes on', () => {
  personScreen().fault(['a: b']);
  expect(plain(said).join()).not.toContain('goes on');
});

test('as JSON, each event is one line', () => {
  const screen = jsonScreen();
  screen.live(live);
  screen.fault(['one', 'two']);
  screen.log({ outcome: 'ok' });
  screen.ready(ready());
  const events = printed
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(events).toMatchObject([
    { event: 'live', ms: 383, steps_ms: { bundle: 6, start: 93, upload: 159, answer: 106 } },
    { event: 'fault', findings: ['one', 'two'] },
    { event: 'log', log: { outcome: 'ok' } },
    { event: 'ready', tenant: 'dev', access_token: 'eyJ.a.b', starts_platform: true },
  ]);
  expect(said).toBe('');
});

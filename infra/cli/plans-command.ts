// `z0 plans …`: which plans tenants can be on and what each allows, through the platform's own API. A plan
// is a Config of the platform: setting one reaches all tenants on it, without a deployment.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, openSession, printJson, type Session, say } from './context.ts';
import { objectOf } from './platform-client.ts';

/** The options that set a field, and where that is in the settings. */
const FIELDS = {
  'cpu-ms': { path: ['cpu_ms'], what: 'CPU milliseconds a request' },
  subrequests: { path: ['subrequests'], what: 'Subrequests a request' },
  rate: { path: ['rate', 'limit'], what: 'Requests in a period' },
  'rate-period': { path: ['rate', 'period_s'], what: 'Seconds of that period' },
  storage: { path: ['storage_bytes'], what: 'Bytes of all ledgers of a tenant' },
  entities: { path: ['entities'], what: 'Entities of a tenant' },
  schedules: { path: ['schedules'], what: 'Schedules that its code may declare' },
  'preview-entities': { path: ['preview', 'entities'], what: 'Entities that a preview replays' },
  'preview-facts': { path: ['preview', 'facts'], what: 'Facts that a preview replays' },
} as const;

const number = (description: string) => ({ type: 'string', description, valueHint: 'N' }) as const;

const list = defineCommand({
  meta: { name: 'list', description: 'List the plans. Example: z0 plans list --json' },
  args: commonArgs,
  run: ({ args }) =>
    guarded(async () => {
      const plans = await readPlans(openSession(args.state));
      if (args.json) printJson(plans);
      else process.stdout.write(`${plans.map(row).join('\n')}\n`);
    }),
});

const nameArg = {
  name: { type: 'positional', description: 'Name of the plan, e.g. free', required: true },
} as const;

const show = defineCommand({
  meta: { name: 'show', description: 'Show what a plan allows. Example: z0 plans show free' },
  args: { ...nameArg, ...commonArgs },
  run: ({ args }) => guarded(async () => printJson(await planNamed(args.state, args.name))),
});

const set = defineCommand({
  meta: {
    name: 'set',
    description:
      'Change a plan or add one; what is left out stays. Example: z0 plans set free --cpu-ms 80 --entities 20000',
  },
  args: {
    ...nameArg,
    'cpu-ms': number(FIELDS['cpu-ms'].what),
    subrequests: number(FIELDS.subrequests.what),
    rate: number(FIELDS.rate.what),
    'rate-period': number(FIELDS['rate-period'].what),
    storage: number(FIELDS.storage.what),
    entities: number(FIELDS.entities.what),
    schedules: number(FIELDS.schedules.what),
    'preview-entities': number(FIELDS['preview-entities'].what),
    'preview-facts': number(FIELDS['preview-facts'].what),
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const { name } = args;
      const given = settingsFrom(args);
      const session = openSession(args.state);
      const id = `cfg_plan_${name}`;
      const settings = merged(await currentSettings(session, id), given);
      const body = { type: `plan.${name}`, name, settings };
      await session.operator('PUT', `/v1/configs/${encodeURIComponent(id)}`, { body });
      const plan = await planNamed(args.state, name);
      if (args.json) printJson(plan);
      else say(`${pc.green('set')}    ${row(plan)}`);
      say('its tenants’ requests follow within about a minute, uploaded limits about two a second');
    }),
});

export const plansCommand = defineCommand({
  meta: { name: 'plans', description: 'Show and change the plans of tenants' },
  subCommands: { list, show, set },
});

async function readPlans(session: Session): Promise<Record<string, unknown>[]> {
  const { body } = await session.operator('GET', '/v1/plans');
  const { data } = objectOf(body);
  return Array.isArray(data) ? data.map(objectOf) : [];
}

async function planNamed(
  state: string | undefined,
  name: string,
): Promise<Record<string, unknown>> {
  const plans = await readPlans(openSession(state));
  const found = plans.find((plan) => plan.name === name);
  if (found !== undefined) return found;
  const names = plans.map((plan) => String(plan.name)).join(', ');
  throw new CliError(`there is no plan ${name}`, `there are ${names}`);
}

type Settings = Record<string, unknown>;

/** What the newest version says; nothing when the plan has none, or was taken back. */
async function currentSettings(session: Session, id: string): Promise<Settings> {
  try {
    const { body } = await session.operator('GET', `/v1/configs/${encodeURIComponent(id)}`);
    const { state, settings } = objectOf(body);
    return state === 'archived' ? {} : objectOf(settings);
  } catch (error) {
    if (error instanceof CliError && error.message.includes('(404')) return {};
    throw error;
  }
}

function settingsFrom(args: Readonly<Record<string, unknown>>): Settings {
  let settings: Settings = {};
  for (const [option, { path }] of Object.entries(FIELDS)) {
    const given = args[option];
    if (given === undefined) continue;
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    if (!/^\d{1,16}$/.test(text)) {
      throw new CliError(`--${option} must be a whole number, not ${text}`);
    }
    const [first, second] = path;
    const value = Number(text);
    settings = merged(settings, { [first]: second === undefined ? value : { [second]: value } });
  }
  if (Object.keys(settings).length > 0) return settings;
  const options = Object.keys(FIELDS).map((name) => `--${name}`);
  throw new CliError('there is nothing to set', `give some of ${options.join(', ')}`);
}

/** `change` over `settings`, one level deep. */
function merged(settings: Settings, change: Settings): Settings {
  const result = { ...settings };
  for (const [key, value] of Object.entries(change)) {
    const isGroup = typeof value === 'object' && value !== null;
    result[key] = isGroup ? { ...objectOf(settings[key]), ...value } : value;
  }
  return result;
}

function row(plan: Record<string, unknown>): string {
  const { limit, period_s: periodS } = objectOf(plan.rate);
  const count = (value: unknown): string => Number(value).toLocaleString('en');
  return [
    String(plan.name).padEnd(16),
    `${count(plan.tenants_count)} on it`.padEnd(12),
    `${count(plan.cpu_ms)} ms CPU`,
    `${count(plan.subrequests)} subrequests`,
    `${count(limit)} requests in ${count(periodS)} s`,
    `${count(plan.entities)} entities`,
    `${count(plan.storage_bytes)} bytes`,
    `${count(plan.schedules)} schedules`,
    ...(plan.rollout === 'done' ? [] : ['(reaching its tenants)']),
  ].join('  ');
}

// `z0 tenant …`: onboarding and life of tenants, through the platform's own API.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, openSession, printJson, type Session, say } from './context.ts';
import { onboardTenant } from './onboard-tenant.ts';
import { objectOf } from './platform-client.ts';

const idArg = {
  id: { type: 'positional', description: 'Tenant id, e.g. acme', required: true },
} as const;

const create = defineCommand({
  meta: {
    name: 'create',
    description:
      'Onboard a tenant and keep its first credentials. Example: z0 tenant create acme --name "Acme Inc"',
  },
  args: {
    ...idArg,
    name: { type: 'string', description: 'Name for people (default: the id)' },
    plan: { type: 'string', description: 'Plan (default: the platform decides)' },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const session = openSession(args.state);
      const tenant = {
        id: args.id,
        name: args.name ?? args.id,
        ...(args.plan && { plan: args.plan }),
      };
      const result = await onboardTenant(session, tenant, say);
      if (args.json) printJson(result);
      else
        say(
          `${pc.green('ready')}  ${args.id}: get a token with ${pc.bold(`npx z0 token --tenant ${args.id}`)}`,
        );
    }),
});

const list = defineCommand({
  meta: { name: 'list', description: 'List all tenants. Example: z0 tenant list --json' },
  args: commonArgs,
  run: ({ args }) =>
    guarded(async () => {
      const tenants = await allTenants(openSession(args.state));
      if (args.json) printJson(tenants);
      else if (tenants.length === 0)
        say('no tenants yet: create one with `npx z0 tenant create acme`');
      else process.stdout.write(`${tenants.map(row).join('\n')}\n`);
    }),
});

const show = defineCommand({
  meta: {
    name: 'show',
    description: 'Show one tenant with its provisioning steps. Example: z0 tenant show acme',
  },
  args: { ...idArg, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const { body } = await openSession(args.state).operator('GET', `/v1/tenants/${args.id}`);
      printJson(body);
    }),
});

const change = (action: 'suspend' | 'resume', description: string) =>
  defineCommand({
    meta: { name: action, description: `${description} Example: z0 tenant ${action} acme` },
    args: { ...idArg, ...commonArgs },
    run: ({ args }) =>
      guarded(async () => {
        const session = openSession(args.state);
        const { body } = await session.operator('POST', `/v1/tenants/${args.id}/${action}`);
        if (args.json) printJson(body);
        else say(`${args.id}: ${String(objectOf(body).status)}`);
      }),
  });

const setPlan = defineCommand({
  meta: {
    name: 'set-plan',
    description: 'Put a tenant on another plan. Example: z0 tenant set-plan acme scale',
  },
  args: {
    ...idArg,
    plan: { type: 'positional', description: 'Plan; see `z0 plans list`', required: true },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const body = { plan: args.plan };
      const session = openSession(args.state);
      const answer = await session.operator('PATCH', `/v1/tenants/${args.id}`, { body });
      if (args.json) printJson(answer.body);
      else say(`${args.id}: plan ${String(objectOf(answer.body).plan)}, within about a minute`);
    }),
});

const remove = defineCommand({
  meta: {
    name: 'delete',
    description:
      'Delete a tenant, its Worker and its ledgers. Example: z0 tenant delete acme --yes',
  },
  args: {
    ...idArg,
    yes: {
      type: 'boolean',
      description: 'Do it: the ledgers cannot be brought back',
      default: false,
    },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      if (!args.yes)
        throw new CliError(`this deletes all ledgers of ${args.id}`, 'repeat it with --yes');
      const { body } = await openSession(args.state).operator('DELETE', `/v1/tenants/${args.id}`);
      if (args.json) printJson(body);
      else say(`${args.id}: ${String(objectOf(body).status)}`);
    }),
});

export const tenantCommand = defineCommand({
  meta: { name: 'tenant', description: 'Onboard and manage tenants' },
  subCommands: {
    create,
    list,
    show,
    suspend: change('suspend', 'Refuse all of a tenant’s requests until it is resumed.'),
    resume: change('resume', 'Let a suspended tenant back in.'),
    'set-plan': setPlan,
    delete: remove,
  },
});

async function allTenants(session: Session): Promise<Record<string, unknown>[]> {
  const tenants: Record<string, unknown>[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await session.operator('GET', `/v1/tenants?limit=100${query}`);
    const { data, next_cursor: next } = objectOf(body);
    tenants.push(...(Array.isArray(data) ? data.map(objectOf) : []));
    cursor = typeof next === 'string' ? next : undefined;
  } while (cursor !== undefined);
  return tenants;
}

function row(tenant: Record<string, unknown>): string {
  const { id, status, plan, name } = tenant;
  return [
    String(id).padEnd(20),
    String(status).padEnd(12),
    String(plan).padEnd(12),
    String(name),
  ].join(' ');
}

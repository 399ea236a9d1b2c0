// `z0 plan` and `z0 apply`: the stack against one environment, local or cloud by the same code.
import { apply, type Environment, plan, publishIssuer } from '@z0-app/provisioning/deploy';
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { stack } from '../stack.ts';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, printJson, say } from './context.ts';
import { readLocalState, stateDirOf } from './local-state.ts';

const args = {
  env: {
    type: 'string',
    description: 'Environment: local, or a name for a cloud one',
    default: 'local',
  },
  ...commonArgs,
} as const;

export const planCommand = defineCommand({
  meta: {
    name: 'plan',
    description: 'Show what apply would change. Example: z0 plan --env production',
  },
  args,
  run: ({ args: given }) =>
    guarded(async () => {
      const { steps, lines } = await plan(stack, environmentOf(given.env, given.state));
      if (given.json) printJson(steps);
      else process.stdout.write(lines.length === 0 ? 'nothing to do\n' : `${lines.join('\n')}\n`);
    }),
});

export const applyCommand = defineCommand({
  meta: {
    name: 'apply',
    description: 'Create and deploy what is missing. Example: z0 apply --env production --yes',
  },
  args: {
    ...args,
    yes: { type: 'boolean', description: 'Do it without asking', default: false },
    'dry-run': { type: 'boolean', description: 'Only show the plan', default: false },
  },
  run: ({ args: given }) =>
    guarded(async () => {
      const environment = environmentOf(given.env, given.state);
      const planned = await plan(stack, environment);
      for (const line of planned.lines) say(`  ${line}`);
      if (given['dry-run'] || planned.steps.length === 0) {
        if (given.json) printJson(planned.steps);
        else if (planned.steps.length === 0) say('nothing to do');
        return;
      }
      if (!given.yes) throw new CliError('nothing was changed', 'repeat it with --yes to do this');
      const count = await apply(stack, environment, (line) => say(`${pc.green('•')} ${line}`));
      await publishIssuer(stack, environment);
      if (given.json) printJson({ steps: count });
      else say(`${count} steps done`);
    }),
});

function environmentOf(name: string, state: string | undefined): Environment {
  return name === 'local' ? runningEnvironment(state) : cloudEnvironment(name, state);
}

function runningEnvironment(state: string | undefined): Environment {
  const stateDir = stateDirOf(state);
  const local = readLocalState(stateDir);
  return {
    name: 'local',
    accountId: local.account_id,
    apiToken: local.api_token,
    apiBaseUrl: local.cloudflare_api_url,
    platformUrl: local.platform_url,
    dispatcherUrl: local.dispatcher_url,
    tenantHostSuffix: 'localhost',
    keyMode: 'test',
    stateDir,
  };
}

function cloudEnvironment(name: string, state: string | undefined): Environment {
  const required = (variable: string): string => {
    const value = process.env[variable];
    if (value === undefined || value === '') {
      throw new CliError(`$${variable} is not set`, `set it for the environment ${name}`);
    }
    return value;
  };
  return {
    name,
    accountId: required('CLOUDFLARE_ACCOUNT_ID'),
    apiToken: required('CLOUDFLARE_API_TOKEN'),
    apiBaseUrl: process.env.CLOUDFLARE_API_BASE_URL ?? 'https://api.cloudflare.com/client/v4',
    platformUrl: required('Z0_PLATFORM_URL'),
    dispatcherUrl: required('Z0_DISPATCHER_URL'),
    tenantHostSuffix: required('Z0_TENANT_HOST_SUFFIX'),
    keyMode: 'live',
    stateDir: stateDirOf(state),
  };
}

// `z0 token` and `z0 dashboard`: short-lived ways in, printed for a person or a script.
import { defineCommand } from 'citty';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, openSession, printJson, refusal, tenantArg } from './context.ts';
import { objectOf, requestToken } from './platform-client.ts';

export const tokenCommand = defineCommand({
  meta: {
    name: 'token',
    description: 'Print an access token of a tenant. Example: TOKEN=$(npx z0 token --tenant acme)',
  },
  args: {
    ...tenantArg,
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      const { local } = openSession(args.state);
      const credentials = local.tenants[args.tenant];
      if (credentials === undefined) {
        throw new CliError(
          `no credentials of ${args.tenant} are kept here`,
          `known here: ${Object.keys(local.tenants).join(', ') || 'none'}; create it with \`npx z0 tenant create ${args.tenant}\``,
        );
      }
      const result = await requestToken(local.platform_url, credentials);
      if ('refused' in result) throw refusal(result.refused);
      if (args.json)
        printJson({
          access_token: result.token,
          token_type: 'Bearer',
          expires_in: result.expiresIn,
        });
      else process.stdout.write(`${result.token}\n`);
    }),
});

export const dashboardCommand = defineCommand({
  meta: {
    name: 'dashboard',
    description: 'Print a link that signs in to the dashboard. Example: z0 dashboard',
  },
  args: commonArgs,
  run: ({ args }) =>
    guarded(async () => {
      const { body } = await openSession(args.state).operator('POST', '/v1/dashboard-links', {
        body: {},
      });
      if (args.json) printJson(body);
      else process.stdout.write(`${String(objectOf(body).url)}\n`);
    }),
});

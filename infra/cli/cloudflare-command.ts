// `z0 cloudflare`: the embedded Cloudflare alone, for any Workers for Platforms project. It deploys
// nothing: `wrangler` and the SDK do, pointed at its address.
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { commonArgs, guarded, printJson, say } from './context.ts';
import { portArgs, portBaseOf, startCloudflare, stopSignal } from './foreground.ts';
import {
  type CloudflareState,
  removeLocalState,
  stateDirOf,
  writeCloudflareState,
} from './local-state.ts';

export const cloudflareCommand = defineCommand({
  meta: {
    name: 'cloudflare',
    description:
      'Run the embedded Cloudflare alone, in the foreground. Example: z0 cloudflare --state ./wfp',
  },
  args: { ...portArgs, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const stateDir = stateDirOf(args.state);
      const stopped = stopSignal();
      const cloud = await startCloudflare(stateDir, portBaseOf(args['port-base']));
      try {
        await Promise.race([cloud.ready(), stopped]);
        const state: CloudflareState = {
          ready_at: new Date().toISOString(),
          pid: process.pid,
          account_id: cloud.accountId,
          api_token: cloud.apiToken,
          cloudflare_api_url: cloud.apiUrl,
          workers_url: cloud.workersUrl,
        };
        writeCloudflareState(stateDir, state);
        if (args.json) printJson(state);
        else printAddresses(state);
        await stopped;
        say(`${pc.dim('·')} stopping`);
      } finally {
        removeLocalState(stateDir);
        await cloud.close();
      }
      // Sockets that a client left open must not keep the terminal waiting.
      process.exit(process.exitCode ?? 0);
    }),
});

function printAddresses(state: CloudflareState): void {
  const lines = [
    '',
    pc.bold('The embedded Cloudflare is ready'),
    '',
    `  API       ${pc.cyan(state.cloudflare_api_url)}`,
    `  Workers   ${pc.cyan(state.workers_url)} ${pc.dim('with Host: <script>.workers.localhost')}`,
    '',
    'In another terminal, in the folder of your project:',
    '',
    `  export CLOUDFLARE_API_BASE_URL=${state.cloudflare_api_url}`,
    `  export CLOUDFLARE_API_TOKEN=${state.api_token}`,
    `  export CLOUDFLARE_ACCOUNT_ID=${state.account_id}`,
    '  export CLOUDFLARE_CF_FETCH_ENABLED=false WRANGLER_SEND_METRICS=false',
    '  npx wrangler dispatch-namespace create customers',
    '  npx wrangler deploy',
    '',
    `${pc.dim('Stop:')} Ctrl-C`,
    '',
  ];
  for (const line of lines) say(line);
}

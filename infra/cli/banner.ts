// What a person sees once everything runs: where to look, and one command that works as it stands.
import pc from 'picocolors';
import { say } from './context.ts';
import type { LocalState } from './local-state.ts';
import { requestToken } from './platform-client.ts';

/** A demo tenant's account; the banner's command appends to it. */
const EXAMPLE = { tenant: 'acme', entityId: 'acct_coffee' };

export async function printBanner(state: LocalState, elapsedMs: number): Promise<void> {
  const credentials = state.tenants[EXAMPLE.tenant];
  const lines = [
    '',
    `${pc.bold('z0 Platform is ready')} ${pc.dim(`after ${(elapsedMs / 1000).toFixed(1)} s`)}`,
    '',
    `  Dashboard        ${pc.cyan(state.dashboard_url)}`,
    `  Tenants' portal  ${pc.cyan(`${state.platform_url}/portal`)}`,
    `  Tenant API       ${pc.cyan(state.dispatcher_url)}`,
    `  Platform API     ${pc.cyan(state.platform_url)}`,
    `  Cloudflare API   ${pc.cyan(state.cloudflare_api_url)}`,
    `  Tenants          ${Object.keys(state.tenants).join(', ') || 'none yet: npx z0 tenant create acme'}`,
    '',
  ];
  if (credentials !== undefined) {
    const result = await requestToken(state.platform_url, credentials);
    if ('token' in result) {
      lines.push(
        `Append a fact as ${pc.bold(EXAMPLE.tenant)} (the token works for ${Math.round(result.expiresIn / 60)} minutes):`,
        '',
        `  curl -s ${state.dispatcher_url}/v1/facts \\`,
        `    -H 'authorization: Bearer ${result.token}' \\`,
        `    -H 'content-type: application/json' \\`,
        `    -d '{"entity_id":"${EXAMPLE.entityId}","type":"charge","data":{"amount":500,"currency":"USD"}}'`,
        '',
      );
    }
  }
  lines.push(`${pc.dim('Next:')} npm run demo   ${pc.dim('Stop:')} Ctrl-C`, '');
  for (const line of lines) say(line);
}

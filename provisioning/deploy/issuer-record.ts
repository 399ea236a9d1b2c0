// Publishes the platform's public token keys where dispatchers read them. Taken from the running
// platform's own JWKS, so that private keys never pass through here again.
import { Account } from './account.ts';
import { DeployError } from './deploy-error.ts';
import type { Environment } from './environment.ts';
import type { Stack } from './stack.ts';

/** Can be repeated; waits for the platform to answer with its keys. */
export async function publishIssuer(stack: Stack, environment: Environment): Promise<void> {
  const { platformUrl: issuer } = environment;
  const jwks = await fetchKeys(`${issuer}/.well-known/jwks.json`);
  const account = new Account(environment);
  const resources = await account.resources();
  const routes = resources.find(({ kind, name }) => kind === 'kv' && name === stack.routes);
  const record = JSON.stringify({ issuer, tenant_id: null, jwks });
  await account.putKv(routes?.id ?? '', `issuer:${issuer}`, record);
}

const ATTEMPTS = 40;
const PAUSE_MS = 250;

async function fetchKeys(url: string): Promise<unknown> {
  let last = 'no answer';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      const response = await fetch(url);
      if (response.ok) return await response.json();
      last = `${response.status} ${await response.text()}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new DeployError(
    `the platform does not serve its keys at ${url}: ${last}`,
    'see that the platform Worker answers at that address, then apply again; what is done stays done',
  );
}

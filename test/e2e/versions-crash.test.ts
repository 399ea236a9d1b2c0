// `kill -9` of everything while a version becomes live: afterwards one version is live, says so, and is
// the one that answers; whatever was under way is settled, and no fact is lost.
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { call, objectOf } from '../../infra/cli/platform-client.ts';
import { asOperator, asTenant, type TenantCall } from './client.ts';
import { newStateDir, PlatformProcess, until } from './platform-process.ts';

const TENANT = 'acme';
/** After the request was sent; the steps of an activation take about half a second in all. */
const KILLED_AFTER_MS = [0, 120, 240, 400, 600];

const stateDir = newStateDir();
let platform: PlatformProcess | undefined;

afterAll(async () => {
  await platform?.killEverything();
  rmSync(stateDir, { recursive: true, force: true });
});

const code = (version: number): string => `
import { EntityLedger } from '@z0-app/sdk';
export class PointsLedger extends EntityLedger {
  static idPrefix = 'pts';
  invariants() {
    return [{ name: 'version', check: (fact) => fact.type === 'ask' ? 'v${version}' : undefined }];
  }
}`;

async function upload(target: PlatformProcess, version: number): Promise<string> {
  const form = new FormData();
  form.set('manifest', JSON.stringify({ main_module: 'ledgers.js' }));
  const type = 'application/javascript+module';
  form.set('ledgers.js', new File([code(version)], 'ledgers.js', { type }));
  const { platform_url: url, operator_token: token } = target.state;
  const answer = await call(url, token, 'PUT', `/v1/tenants/${TENANT}/worker`, { body: form });
  expect(answer.status).toBe(201);
  return String(objectOf(answer.body).id);
}

const pathOf = (id: string): string => `/v1/tenants/${TENANT}/versions/${id}/activate`;

/** Which version's code answers, by what it refuses. */
async function answering(tenant: TenantCall, points: string): Promise<string | undefined> {
  const body = { entity_id: points, type: 'ask' };
  const answer = await tenant('POST', '/v1/facts', { body });
  return /v\d/.exec(JSON.stringify(answer.body))?.[0];
}

async function liveVersion(operator: TenantCall): Promise<unknown> {
  const { body } = await operator('GET', `/v1/tenants/${TENANT}/versions`);
  const versions = (objectOf(body).data as unknown[]).map(objectOf);
  return versions.find(({ active }) => active)?.id;
}

test('a killed activation goes on or leaves the old version live', {
  timeout: 300_000,
}, async () => {
  platform = await PlatformProcess.start(stateDir);
  const ids = [await upload(platform, 0), await upload(platform, 1)];
  const first = await asOperator(platform.state)('POST', pathOf(String(ids[0])));
  expect(first.status).toBe(200);
  let tenant = await asTenant(platform.state, TENANT);
  const made = await tenant('POST', '/v1/entities', { body: { type: 'points' } });
  const points = String(objectOf(made.body).id);

  for (const [round, afterMs] of KILLED_AFTER_MS.entries()) {
    const wanted = String(ids[(round + 1) % 2]);
    const asked = asOperator(platform.state)('POST', pathOf(wanted)).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await platform.killEverything();
    await asked;

    platform = await PlatformProcess.start(stateDir);
    const operator = asOperator(platform.state);
    tenant = await asTenant(platform.state, TENANT);
    expect(await answering(tenant, points)).toMatch(/^v[01]$/);
    // Settled means that the next activation is taken, whichever way this one went.
    await until(async () => (await operator('POST', pathOf(wanted))).status === 200, 60_000);
    expect(await liveVersion(operator)).toBe(wanted);
    expect(await answering(tenant, points)).toBe(`v${ids.indexOf(wanted)}`);
    expect((await tenant('GET', `/v1/entities/${points}/verify`)).body).toMatchObject({ ok: true });
  }
});

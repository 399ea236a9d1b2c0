// The state folder as seen from outside: where it is, and `local.json`, which a running platform
// writes once it is ready and scripts and tests read.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeWhole } from '../local/state/whole-file.ts';
import { CliError } from './cli-error.ts';

export interface TenantCredentials {
  readonly client_id: string;
  readonly client_secret: string;
}

/** `.z0/local.json` of the embedded Cloudflare alone. Every URL is on 127.0.0.1. */
export interface CloudflareState {
  readonly ready_at: string;
  readonly pid: number;
  readonly account_id: string;
  readonly api_token: string;
  readonly cloudflare_api_url: string;
  /** Any account Worker, by `Host: <script>.workers.localhost`. */
  readonly workers_url: string;
}

/** `.z0/local.json` of the whole platform. */
export interface LocalState extends CloudflareState {
  readonly dispatcher_url: string;
  readonly platform_url: string;
  readonly dashboard_url: string;
  readonly dispatch_namespace: string;
  readonly operator_token: string;
  readonly tenants: Readonly<Record<string, TenantCredentials>>;
}

/** `--state`, else `$Z0_STATE`, else `.z0` in the current folder; absolute. */
export function stateDirOf(option: string | undefined): string {
  return resolve(option ?? process.env.Z0_STATE ?? '.z0');
}

/** What the running platform wrote; an error that says how to start one when there is none. */
export function readLocalState(stateDir: string): LocalState {
  const hint = 'start the platform with `npm start`, or name its folder with --state';
  let state: CloudflareState & Partial<LocalState>;
  try {
    // Written by one of the two functions below, of the same release.
    state = JSON.parse(readFileSync(localFile(stateDir), 'utf8')) as LocalState;
  } catch {
    throw new CliError(`nothing runs here: ${localFile(stateDir)} is missing`, hint);
  }
  if (isWhole(state)) return state;
  throw new CliError(
    `only the embedded Cloudflare runs in ${stateDir}, without the platform`,
    hint,
  );
}

function isWhole(state: CloudflareState & Partial<LocalState>): state is LocalState {
  return state.platform_url !== undefined;
}

export function writeLocalState(stateDir: string, state: LocalState): void {
  writeCloudflareState(stateDir, state);
}

export function writeCloudflareState(stateDir: string, state: CloudflareState): void {
  writeWhole(localFile(stateDir), `${JSON.stringify(state, undefined, 2)}\n`);
}

export function removeLocalState(stateDir: string): void {
  rmSync(localFile(stateDir), { force: true });
}

/** Credentials of the tenants that this machine onboarded; they outlive a run. */
export function readTenantCredentials(stateDir: string): Record<string, TenantCredentials> {
  try {
    // Written by `saveTenantCredentials` below.
    const text = readFileSync(tenantsFile(stateDir), 'utf8');
    const tenants = JSON.parse(text) as Record<string, TenantCredentials>;
    return Object.fromEntries(Object.entries(tenants).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  } catch {
    return {};
  }
}

/** Remembers one tenant's credentials, in `local.json` too when the platform runs. */
export function saveTenantCredentials(
  stateDir: string,
  tenantId: string,
  credentials: TenantCredentials,
): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const tenants = { ...readTenantCredentials(stateDir), [tenantId]: credentials };
  writeWhole(tenantsFile(stateDir), `${JSON.stringify(tenants, undefined, 2)}\n`);
  try {
    writeLocalState(stateDir, { ...readLocalState(stateDir), tenants });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
}

const localFile = (stateDir: string): string => join(stateDir, 'local.json');
const tenantsFile = (stateDir: string): string => join(stateDir, 'tenants.json');

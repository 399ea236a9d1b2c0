// The system ledger inside one tenant's Worker, named after the tenant. It never sees another
// tenant: its namespace belongs to that Worker alone.
import type { Config } from './config.ts';
import { configs } from './config-manager.ts';
import type { LedgerOptions } from './ledger-options.ts';
import type { Outcome } from './outcome.ts';
import { SystemLedger } from './system-ledger.ts';

/** What the Worker of a tenant must have in its `env`. */
export interface TenantSystemLedgerEnv {
  /** Set at upload as plain text. */
  TENANT_ID: string;
  /** The door to the platform, set at upload; without it no Config of the platform is inherited. */
  PLATFORM?: Service;
}

/** Any service binding: the seeds leave `env` untyped. */
type Service = Pick<Fetcher, 'fetch'>;

/** What the platform's door answers to `readConfig`. */
interface ConfigDoor {
  readConfig(): Promise<Outcome<Config[]>>;
}

/** `LedgerOptions`, and how a tenant's reports are gathered. Source: seeds, self-observability. */
export interface TenantSystemLedgerOptions extends LedgerOptions {
  /** Length of one aggregation period, milliseconds; default 60,000. */
  aggregationIntervalMs?: number;
}

/**
 * A `SystemLedger` for one tenant: receives the `sdk` facts of that tenant's ledgers, and keeps the
 * tenant's Configs below those of the platform. Source: seeds, self-observability.
 */
export class TenantSystemLedger<
  Env extends TenantSystemLedgerEnv = TenantSystemLedgerEnv,
> extends SystemLedger<Env> {
  protected readonly aggregationIntervalMs: number;

  constructor(ctx: DurableObjectState, env: Env, options: TenantSystemLedgerOptions = {}) {
    const { PLATFORM } = env;
    const source = {
      async readConfigs(): Promise<Config[] | undefined> {
        // Edge: a service binding is typed without its entrypoint.
        const outcome = await (PLATFORM as unknown as ConfigDoor | undefined)?.readConfig();
        return outcome?.ok ? outcome.value : undefined;
      },
    };
    super(ctx, env, { configs: configs({ scope: 'tenant', source }), ...options });
    this.aggregationIntervalMs = options.aggregationIntervalMs ?? 60_000;
  }

  /** Asked before the tenant has put any: what the platform says is passed on all the same. */
  override async inheritableConfigs(anew = false): Promise<Outcome<Config[]>> {
    await this.ensure(this.env.TENANT_ID);
    return super.inheritableConfigs(anew);
  }
}

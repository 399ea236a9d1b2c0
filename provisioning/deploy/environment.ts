// What tells one environment from another. The same code deploys to all of them; only these values
// and the API behind `apiBaseUrl` differ.

export interface Environment {
  /** `local`, or a name of the operator's choosing. Part of the token audience. */
  readonly name: string;
  readonly accountId: string;
  readonly apiToken: string;
  /** Ends in `/client/v4`. */
  readonly apiBaseUrl: string;
  /** Where the platform Worker answers; also the token issuer. */
  readonly platformUrl: string;
  readonly dispatcherUrl: string;
  /** What follows a tenant's id in a host name, e.g. `localhost` for `acme.localhost`. */
  readonly tenantHostSuffix: string;
  /** Marks the secrets given to tenants: `z0_live_…`, or `z0_test_…` for ones that may leak. */
  readonly keyMode: 'live' | 'test';
  /** Files of this environment on the operator's machine: secrets kept there, generated configs. */
  readonly stateDir: string;
}

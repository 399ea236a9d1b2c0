// What every handler of the platform finds on its context. Types only.
import type { Env } from '../env.ts';
import type { Secrets } from '../secrets.ts';

export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** Quoted in every problem document and sent back as `x-request-id`. */
    requestId: string;
    /** Present on every request: without its secrets the platform answers `not_ready`. */
    secrets: Secrets;
  };
}

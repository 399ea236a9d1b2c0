// What every command shares: where the state is, how it prints, and how it ends on an error.
import { DeployError } from '@z0-app/provisioning/deploy';
import type { ArgsDef } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import { type LocalState, readLocalState, stateDirOf } from './local-state.ts';
import { type Answer, type CallOptions, call, objectOf } from './platform-client.ts';

export const commonArgs = {
  state: {
    type: 'string',
    description: 'State folder (default: $Z0_STATE or .z0)',
    valueHint: 'DIR',
  },
  json: { type: 'boolean', description: 'Print machine-readable JSON on stdout', default: false },
} satisfies ArgsDef;

/** Of commands that are about one tenant. */
export const tenantArg = {
  tenant: { type: 'string', description: 'Tenant id', required: true, valueHint: 'ID' },
} satisfies ArgsDef;

/** Talk goes to stderr; stdout carries data only. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** A signed-in session with the running platform. */
export interface Session {
  readonly stateDir: string;
  readonly local: LocalState;
  /** Calls the platform API as the operator; an answer that is not 2xx becomes a `CliError`. */
  readonly operator: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
}

export function openSession(state: string | undefined): Session {
  const stateDir = stateDirOf(state);
  return sessionWith(stateDir, readLocalState(stateDir));
}

/** A session with the platform that `local` describes. */
export function sessionWith(stateDir: string, local: LocalState): Session {
  const operator: Session['operator'] = async (method, path, options) => {
    const answer = await call(local.platform_url, local.operator_token, method, path, options);
    if (answer.status >= 300) throw refusal(answer);
    return answer;
  };
  return { stateDir, local, operator };
}

/** The platform's problem document as an error for a person. */
export function refusal(answer: Answer): CliError {
  const { title, detail, code, request_id: requestId, errors } = objectOf(answer.body);
  const items = (Array.isArray(errors) ? errors : [])
    .map((item) => objectOf(item))
    .map(({ pointer, detail: text }) => `  ${String(pointer) || '(body)'}: ${String(text)}`);
  const status = [answer.status, ...textsOf(code)].join(' ');
  const [head = 'The request failed'] = textsOf(title);
  const [hint] = textsOf(requestId).map((id) => `request id ${id}`);
  // The items say the same as the detail, and where.
  const reasons = items.length > 0 ? items : textsOf(detail);
  return new CliError([`${head} (${status})`, ...reasons].join('\n'), hint);
}

/** The value if it is a text, as a list of one or none. */
function textsOf(value: unknown): string[] {
  return typeof value === 'string' ? [value] : [];
}

/** Runs a command's body; errors are printed once, with what to do next, and set the exit code. */
export async function guarded(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (error instanceof CliError || error instanceof DeployError) {
      say(`${pc.red('error')} ${error.message}`);
      if (error.hint !== undefined) say(`${pc.dim('hint')}  ${error.hint}`);
    } else {
      say(
        `${pc.red('error')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    process.exitCode = 1;
  }
}

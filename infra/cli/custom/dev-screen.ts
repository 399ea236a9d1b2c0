// What `z0 dev` says: lines for a person on stderr, or one JSON object a line on stdout. It decides
// nothing.
import type { DescribedClass } from '@z0-app/provisioning';
import pc from 'picocolors';
import { say } from '../context.ts';
import type { LocalState } from '../local-state.ts';
import { eventLines } from '../tail/event-lines.ts';
import { changeLines, changesBetween } from './changes.ts';
import type { LogEvent } from './dev-logs.ts';
import type { DevToken } from './dev-tenant.ts';

export interface LiveReload {
  /** From the save to the first answer. */
  readonly ms: number;
  /** What of it went where; milliseconds. */
  readonly steps: Readonly<Record<string, number>>;
  readonly classes: readonly DescribedClass[];
  readonly notes: readonly string[];
}

export interface DevReady {
  readonly tenant: string;
  readonly local: LocalState;
  readonly stateDir: string;
  /** Whether it ends with this command. */
  readonly isOwn: boolean;
  readonly token: DevToken;
}

export interface DevScreen {
  readonly report: (line: string) => void;
  readonly live: (reload: LiveReload) => void;
  readonly fault: (lines: readonly string[]) => void;
  readonly ready: (ready: DevReady) => void;
  readonly log: (event: LogEvent) => void;
}

export function jsonScreen(): DevScreen {
  const print = (event: object): void => {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  return {
    report: say,
    live: ({ ms, steps, classes, notes }) => {
      const rounded = Object.entries(steps).map(
        ([name, value]) => [name, Math.round(value)] as const,
      );
      const names = classes.map(({ name }) => name);
      const steps_ms: Record<string, number> = Object.fromEntries(rounded);
      print({ event: 'live', ms: Math.round(ms), steps_ms, classes: names, notes });
    },
    fault: (findings) => print({ event: 'fault', findings }),
    log: (log) => print({ event: 'log', log }),
    ready: ({ tenant, local, stateDir, isOwn, token }) =>
      print({
        event: 'ready',
        tenant,
        dispatcher_url: local.dispatcher_url,
        platform_url: local.platform_url,
        dashboard_url: local.dashboard_url,
        state_dir: stateDir,
        starts_platform: isOwn,
        access_token: token.token,
        token_ends_at: new Date(token.endsAtMs).toISOString(),
      }),
  };
}

export function personScreen(): DevScreen {
  let classes: readonly DescribedClass[] | undefined;
  return {
    report: (line) => say(`${pc.dim('·')} ${line}`),
    live: (reload) => {
      const before = classes;
      classes = reload.classes;
      const names = classes.map(({ name }) => name).join(', ');
      say(`${time()} ${pc.green('live')}   ${names} ${pc.dim(timesOf(reload))}`);
      const changes = changesBetween(before ?? classes, classes);
      const told = { deleted: [], template: [] };
      for (const line of changeLines({ ...changes, replaced: [] }, told)) say(`  ${line}`);
      for (const note of reload.notes) say(`  ${pc.yellow('note')} ${note}`);
    },
    fault: (lines) => {
      const goesOn = classes === undefined ? 'nothing was changed' : 'what ran before goes on';
      say(`${time()} ${pc.red('fault')}  ${goesOn}`);
      for (const line of lines) say(`  ${line}`);
    },
    log: (event) => {
      for (const line of eventLines(event)) say(line);
    },
    ready: (ready) => {
      const type = classes?.find(({ kind }) => kind === 'entity')?.type;
      for (const line of readyLines(ready, type)) say(line);
    },
  };
}

function readyLines(ready: DevReady, type: string | undefined): string[] {
  const { tenant, local, stateDir, isOwn, token } = ready;
  const minutes = Math.round((token.endsAtMs - Date.now()) / 60_000);
  const call = type === undefined ? '/v1/health' : '/v1/entities';
  const data = `-H 'content-type: application/json' -d '{"type":"${type}"}'`;
  const authorization = `-H 'authorization: Bearer ${token.token}'`;
  return [
    '',
    `${pc.bold('z0 dev is ready')} ${pc.dim(isOwn ? `with a platform of its own in ${stateDir}` : `on the platform of ${stateDir}`)}`,
    '',
    `  API            ${pc.cyan(local.dispatcher_url)} ${pc.dim(`as tenant ${tenant}`)}`,
    `  Your routes    ${pc.cyan(`${local.dispatcher_url}/x/`)}`,
    `  Dashboard      ${pc.cyan(local.dashboard_url)}`,
    '',
    `The token works for ${minutes} minutes; for another: npx z0 token --tenant ${tenant} --state ${stateDir}`,
    '',
    `  curl -s ${local.dispatcher_url}${call} \\`,
    ...(type === undefined ? [`    ${authorization}`] : [`    ${authorization} \\`, `    ${data}`]),
    '',
    `${pc.dim('Watching the sources, z0.json and .dev.vars.')} ${pc.dim('Stop:')} Ctrl-C`,
    '',
  ];
}

function timesOf({ ms, steps }: LiveReload): string {
  const parts = Object.entries(steps).map(([name, value]) => `${name} ${Math.round(value)}`);
  return `in ${Math.round(ms)} ms (${parts.join(', ')})`;
}

const time = (): string => pc.dim(new Date().toTimeString().slice(0, 8));

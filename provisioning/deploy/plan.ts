// Pure: compares what should exist with what was seen and lists the steps in order. The list can be
// printed before anything is done; nothing else may change an environment.
import type { StackResource } from './stack.ts';

export type Step =
  | { readonly do: 'create'; readonly resource: StackResource }
  | { readonly do: 'migrate'; readonly database: string; readonly file: string }
  | { readonly do: 'publish-template'; readonly version: string }
  | { readonly do: 'deploy'; readonly worker: string; readonly reason: 'new' | 'changed' };

export interface Desired {
  readonly resources: readonly StackResource[];
  readonly database: string;
  readonly migrationFiles: readonly string[];
  readonly templateVersion: string;
  readonly workers: readonly DesiredWorker[];
}

export interface DesiredWorker {
  readonly name: string;
  readonly release: string;
  /** Secrets it has not been given yet. */
  readonly missingSecrets: readonly string[];
}

export interface Observed {
  readonly resources: readonly StackResource[];
  readonly appliedMigrations: readonly string[];
  readonly templateVersion: string | undefined;
  /** Release by Worker name; missing when not deployed. */
  readonly releases: ReadonlyMap<string, string>;
}

/** The steps from `observed` to `desired`; empty when there is nothing to do. */
export function planSteps(desired: Desired, observed: Observed): Step[] {
  const steps: Step[] = [];
  for (const resource of desired.resources) {
    const there = observed.resources.some(
      ({ kind, name }) => kind === resource.kind && name === resource.name,
    );
    if (!there) steps.push({ do: 'create', resource });
  }
  for (const file of desired.migrationFiles) {
    if (!observed.appliedMigrations.includes(file)) {
      steps.push({ do: 'migrate', database: desired.database, file });
    }
  }
  if (desired.templateVersion !== observed.templateVersion) {
    steps.push({ do: 'publish-template', version: desired.templateVersion });
  }
  for (const { name, release, missingSecrets } of desired.workers) {
    const deployed = observed.releases.get(name);
    if (deployed === release && missingSecrets.length === 0) continue;
    steps.push({ do: 'deploy', worker: name, reason: deployed === undefined ? 'new' : 'changed' });
  }
  return steps;
}

/** One line a person can read before saying yes. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'create':
      return `create ${step.resource.kind.replaceAll('_', ' ')} ${step.resource.name}`;
    case 'migrate':
      return `migrate database ${step.database} with ${step.file}`;
    case 'publish-template':
      return `publish tenant template ${step.version}`;
    case 'deploy':
      return `deploy Worker ${step.worker} (${step.reason})`;
  }
}

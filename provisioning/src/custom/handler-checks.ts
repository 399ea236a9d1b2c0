// The check that what the manifest wants to be run has code to run it. Pure.
import type { Description } from './description.ts';
import { type Finding, inManifest } from './finding.ts';
import type { WorkerManifest } from './manifest.ts';

export function checkHandlers(
  { has_scheduled, has_queue }: Pick<Description, 'has_scheduled' | 'has_queue'>,
  { main_module, schedules = [], queue }: WorkerManifest,
): Finding[] {
  const missing = (name: string, shape: string): string =>
    `${main_module} has no ${name} handler. Export one: \`export default { ${shape} }\`, or take this off the manifest.`;
  const scheduled = missing('scheduled', 'async scheduled(event, env, ctx) { … }');
  const queued = missing('queue', 'async queue(batch, env, ctx) { … }');
  return [
    ...(schedules.length > 0 && !has_scheduled
      ? [inManifest('handler_missing', ['schedules'], scheduled)]
      : []),
    ...(queue !== undefined && !has_queue
      ? [inManifest('handler_missing', ['queue'], queued)]
      : []),
  ];
}

/** `most`: what the tenant's plan allows. */
export function checkScheduleCount(
  { schedules = [] }: WorkerManifest,
  { most, plan }: { most: number; plan: string },
): Finding[] {
  if (schedules.length <= most) return [];
  const detail = `It declares ${schedules.length} schedules, and the plan ${plan} allows ${most}. Take some off, or ask the operator for a larger plan.`;
  return [inManifest('too_many_schedules', ['schedules'], detail)];
}

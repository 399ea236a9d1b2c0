// The testing kit: `@z0-app/sdk/testing`. For tests on the real runtime only; nothing that the SDK
// itself ships imports it.

export type { ClockStart, HeldClock } from './held-clock.ts';
export { holdClock } from './held-clock.ts';
export type { LedgerInput } from './ledger-trial.ts';
export { runTwice } from './run-twice.ts';
export type { Expectation, Scenario, ScenarioOptions } from './scenario.ts';
export { scenario } from './scenario.ts';
export { ScenarioError } from './scenario-error.ts';

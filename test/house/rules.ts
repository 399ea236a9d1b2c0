// Every house rule, in the order they are told. A rule that is not listed here does not hold.
import { directions, keptPackages, localWall, zodByName } from './import-rules.ts';
import { commandsExist, declared, pinned, singleCopies } from './package-rules.ts';
import { documentedExports } from './public-surface.ts';
import type { Rule } from './rule.ts';
import {
  factsStay,
  loopbackOnly,
  noEnvironmentBranch,
  noMachinePaths,
  noRegistries,
} from './runtime-rules.ts';
import { fileSize, functionSize } from './size-rules.ts';
import {
  everyTestRuns,
  lintRulesOn,
  noAny,
  noBang,
  noBareErrors,
  testsBelong,
} from './type-rules.ts';
import {
  kebabCase,
  noBanners,
  noDrawers,
  noLeftovers,
  noSilencing,
  openingComment,
} from './wording-rules.ts';

export const RULES: readonly Rule[] = [
  directions,
  localWall,
  keptPackages,
  zodByName,
  factsStay,
  noEnvironmentBranch,
  loopbackOnly,
  noMachinePaths,
  noRegistries,
  fileSize,
  functionSize,
  noAny,
  noBang,
  noBareErrors,
  noSilencing,
  lintRulesOn,
  everyTestRuns,
  testsBelong,
  noDrawers,
  kebabCase,
  openingComment,
  noLeftovers,
  noBanners,
  documentedExports,
  pinned,
  singleCopies,
  declared,
  commandsExist,
];

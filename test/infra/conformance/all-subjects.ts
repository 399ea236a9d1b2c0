// Every expectation, in the order in which they run and stand in the page.
import type { Subject } from './expectations.ts';
import { accountWorkers } from './subjects/account-workers.ts';
import { bindings } from './subjects/bindings.ts';
import { dialects } from './subjects/dialects.ts';
import { dispatch } from './subjects/dispatch.ts';
import { migrations } from './subjects/migrations.ts';
import { namespaces } from './subjects/namespaces.ts';
import { queues } from './subjects/queues.ts';
import { refusals } from './subjects/refusals.ts';
import { scripts } from './subjects/scripts.ts';
import { sdk6, sdk7 } from './subjects/sdk.ts';
import { secrets } from './subjects/secrets.ts';
import { settings } from './subjects/settings.ts';
import { d1, kv, r2 } from './subjects/stores.ts';
import { tags } from './subjects/tags.ts';
import { tails } from './subjects/tails.ts';
import { users } from './subjects/users.ts';
import { wranglerFlows } from './subjects/wrangler.ts';

export const SUBJECTS: readonly Subject[] = [
  users,
  refusals,
  namespaces,
  dialects,
  scripts,
  migrations,
  bindings,
  settings,
  secrets,
  tags,
  dispatch,
  accountWorkers,
  tails,
  queues,
  kv,
  d1,
  r2,
  sdk7,
  sdk6,
  wranglerFlows,
];

// `npm run bench [-- SUBJECT [SIZE]]`: picks what is measured. It measures nothing itself.
import { benchUploads } from './hostile-uploads.ts';
import { benchLedger } from './ledger.ts';
import { benchLocal } from './local.ts';
import { benchObservability } from './observability.ts';
import { benchOverview } from './overview.ts';
import { benchPath } from './path.ts';
import { benchPreview } from './preview.ts';

const LEDGER_FACTS = 1_000_000;
const LOCAL_TENANTS = 300;
const OBSERVABILITY_TURNS = 60;
const OVERVIEW_TENANTS = 1000;
const PREVIEW_FACTS = 100_000;

const [subject = 'path', size, ...parts] = process.argv.slice(2);
switch (subject) {
  case 'path':
    await benchPath();
    break;
  case 'ledger':
    await benchLedger(Number(size ?? LEDGER_FACTS));
    break;
  case 'observability':
    await benchObservability(Number(size ?? OBSERVABILITY_TURNS));
    break;
  case 'overview':
    await benchOverview(Number(size ?? OVERVIEW_TENANTS));
    break;
  case 'preview':
    await benchPreview(Number(size ?? PREVIEW_FACTS));
    break;
  case 'uploads':
    await benchUploads();
    break;
  case 'local':
    await benchLocal(Number(size ?? LOCAL_TENANTS), parts);
    break;
  default:
    process.stderr.write(
      'usage: npm run bench [-- path | ledger [FACTS] | observability [TURNS] | overview [TENANTS] | preview [FACTS] | uploads | local [TENANTS [PART…]]]\n',
    );
    process.exitCode = 2;
}

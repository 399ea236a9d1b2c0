// `npm run bench [-- path | ledger [FACTS]]`: picks what is measured. It measures nothing itself.
import { benchLedger } from './ledger.ts';
import { benchPath } from './path.ts';

const LEDGER_FACTS = 1_000_000;

const [subject = 'path', facts] = process.argv.slice(2);
switch (subject) {
  case 'path':
    await benchPath();
    break;
  case 'ledger':
    await benchLedger(Number(facts ?? LEDGER_FACTS));
    break;
  default:
    process.stderr.write('usage: npm run bench [-- path | ledger [FACTS]]\n');
    process.exitCode = 2;
}

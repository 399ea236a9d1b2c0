// Runs the SDK's emitter through the writes of one ledger, alarm by alarm, on a clock that stands still
// between them. It waits for no real time.
import { EmittingLedger } from './emitted.ts';
import { NOW } from './measured.ts';

export interface Emitted {
  /** When each `fact_appended` was sent, milliseconds since the start. */
  readonly times: readonly number[];
  readonly alarms: number;
  readonly rows: number;
  /** Of every kind, in order. */
  readonly sent: EmittingLedger['sent'];
}

/** `writes` ascending, in whole milliseconds since the start. */
export async function emit(writes: readonly number[], until: number): Promise<Emitted> {
  const real = Date.now;
  let now = 0;
  Date.now = () => NOW + now;
  try {
    const ledger = new EmittingLedger('acct_00000001');
    let alarms = 0;
    const ringUntil = async (limit: number): Promise<void> => {
      while (ledger.alarmAt !== null && ledger.alarmAt - NOW <= limit) {
        now = ledger.alarmAt - NOW;
        alarms += 1;
        await ledger.ring();
      }
      now = limit;
    };
    for (const write of writes) {
      await ringUntil(write);
      await ledger.append();
    }
    await ringUntil(until);
    const told = ledger.sent.filter(({ subtype }) => subtype === 'fact_appended');
    const times = told.map(({ data }) => Number(data.period_end) - NOW);
    return { times, alarms, rows: ledger.rows, sent: ledger.sent };
  } finally {
    Date.now = real;
  }
}

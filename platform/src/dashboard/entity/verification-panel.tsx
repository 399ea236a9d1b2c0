// The button that has a ledger proved from its rows, and what came of it, in words. The proof is made
// by the ledger's own code; it is as good as that code.
import type { VerificationAnswer } from '../../tenant-api/tenant-answers.ts';
import { plural } from '../figure-text.ts';
import type { EntityData } from './entity-data.ts';
import { entityHref } from './entity-query.ts';
import { FaultNote } from './fault-note.tsx';
import { ShortHash } from './hash.tsx';
import { visibleText } from './visible-text.ts';

const FAULT_WORDS: Readonly<Record<string, string>> = {
  hash_mismatch: 'A fact is not what was hashed, or cannot be read.',
  chain_broken: 'A fact does not follow on the one before it.',
  seq_gap: 'Positions are missing, or hold more than one fact.',
  order: 'A fact was recorded before the one that it follows.',
  id_mismatch: 'A fact, the entity or the tenant is not what its rows say.',
  state_drift: 'Replaying the facts gives another state.',
  not_replayed: 'A fact is newer than the code; the state from there on was not judged.',
  key_table: 'The answer that is kept for an idempotency key cannot be right.',
  storage: 'The database finds its own file damaged.',
};

export function VerifyButton(props: { base: string; data: EntityData }) {
  const { id, query } = props.data;
  return (
    <form class="action" method="get" action={entityHref(props.base, id)}>
      {query.seq !== undefined && <input type="hidden" name="seq" value={String(query.seq)} />}
      <input type="hidden" name="verify" value="1" />
      <button type="submit">Verify</button>
    </form>
  );
}

export function VerificationPanel(props: { verification: EntityData['verification'] }) {
  const { verification } = props;
  if (verification === undefined) return null;
  return (
    <section id="verification" aria-label="Verification">
      {verification.ok ? (
        <Verdict found={verification.value} />
      ) : (
        <FaultNote fault={verification.fault} />
      )}
    </section>
  );
}

function Verdict(props: { found: VerificationAnswer }) {
  const { found } = props;
  if (found.ok && found.faults.length === 0) {
    return (
      <p class="verdict is-good">
        {`Proved: ${plural(found.facts, 'fact')}, each hash and the whole chain hold, and replaying them gives this state. Head `}
        <ShortHash of={found.head.hash} />
        {` at ${found.head.seq}.`}
      </p>
    );
  }
  return (
    <>
      <p class="verdict is-bad" role="alert">
        {`Not proved: ${plural(found.faults.length, 'fault')} in ${plural(found.facts, 'fact')}.`}
      </p>
      <ul class="faults">
        {found.faults.map(({ code, seq, detail }) => (
          <li>
            <strong>{seq > 0 ? `Fact ${seq}` : 'The ledger'}</strong>
            {`: ${FAULT_WORDS[code] ?? 'A fault of a kind that is not known here.'} `}
            <span class="quiet">{`${visibleText(code)}: ${visibleText(detail)}`}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

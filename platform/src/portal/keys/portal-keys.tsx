// A tenant's keys on its own pages: which there are, a new one whose secret is shown once, and the end
// of one after asking. The tenant's ledger decides; nothing here ever sees a kept secret.
import { Moment, Status } from '../../dashboard/page-layout.tsx';
import { liveKeys, MAX_LIVE_KEYS, type TenantKey } from '../../tenants/tenant-state.ts';
import { FormKey } from '../portal-form.tsx';
import { PortalMessage, PortalPage } from '../portal-page.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';

interface KeysProps {
  environment: string;
  visitor: PortalVisitor;
}

export function PortalKeys(props: KeysProps & { refusal?: string }) {
  const { tenant } = props.visitor;
  const live = liveKeys(tenant).length;
  return (
    <PortalPage title="Keys" environment={props.environment} tenant={tenant} place="keys">
      <h1>
        Keys <span class="count">{`${live} of ${MAX_LIVE_KEYS} live`}</span>
      </h1>
      {props.refusal !== undefined && (
        <p class="fault" role="alert">
          {props.refusal}
        </p>
      )}
      <KeyTable visitor={props.visitor} />
      <CreateForm full={live >= MAX_LIVE_KEYS} />
    </PortalPage>
  );
}

function KeyTable(props: { visitor: PortalVisitor }) {
  const { tenant, keyId } = props.visitor;
  return (
    <table class="key-table">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Status</th>
          <th scope="col" class="wide">
            Created (UTC)
          </th>
          <th scope="col" class="wide">
            Revoked (UTC)
          </th>
          <th scope="col">
            <span class="unseen">Revoke</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tenant.keys.toReversed().map((key) => (
          <tr>
            <td>
              {key.label !== null && <span class="name">{key.label}</span>}
              <span class="id">{key.id}</span>
              {key.id === keyId && <span class="remark">You are signed in with this one.</span>}
            </td>
            <td>
              <Status of={key.revoked_at === null ? 'live' : 'revoked'} />
            </td>
            <td class="wide figures">
              <Moment at={key.created_at} />
            </td>
            <td class="wide figures">
              <Moment at={key.revoked_at} />
            </td>
            <td class="amount">
              {key.revoked_at === null && (
                <form method="get" action={`/portal/keys/${encodeURIComponent(key.id)}/revoke`}>
                  <button type="submit" aria-label={`Revoke ${key.label ?? key.id}`}>
                    Revoke …
                  </button>
                </form>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CreateForm(props: { full: boolean }) {
  return (
    <section class="new-key">
      <h2>A new key</h2>
      {props.full ? (
        <p class="quiet">
          {`${MAX_LIVE_KEYS} keys can be live at once, so that one can be replaced without a gap. Revoke one to make another.`}
        </p>
      ) : (
        <form class="search" method="post" action="/portal/keys">
          <FormKey />
          <label for="label">Label</label>
          <input
            id="label"
            name="label"
            maxlength={120}
            placeholder="ci runner"
            autocomplete="off"
          />
          <button type="submit" class="primary">
            Create key
          </button>
        </form>
      )}
    </section>
  );
}

/** `secret` is `null` when the form was sent twice: only the first answer had it. */
export function PortalNewKey(props: KeysProps & { createdKey: TenantKey; secret: string | null }) {
  const { createdKey, secret } = props;
  return (
    <PortalPage
      title="New key"
      environment={props.environment}
      tenant={props.visitor.tenant}
      place="keys"
    >
      <section class="message">
        <h1>{createdKey.label ?? 'New key'}</h1>
        <p class="quiet">Client id</p>
        <div class="copyable">
          <pre data-copy="the client id" tabindex={0}>
            <code>{createdKey.id}</code>
          </pre>
        </div>
        <p class="quiet">Client secret</p>
        {secret === null ? (
          <p class="fault">
            It was shown once already and is kept nowhere. If you do not have it, revoke this key
            and make another.
          </p>
        ) : (
          <>
            <div class="copyable">
              <pre class="secret" data-copy="the client secret" tabindex={0}>
                <code>{secret}</code>
              </pre>
            </div>
            <p>Copy it now: it is kept nowhere and not shown again.</p>
          </>
        )}
        <p>
          <a href="/portal/keys">I have it. Back to the keys</a>
        </p>
      </section>
    </PortalPage>
  );
}

/** Asks first, and changes nothing. */
export function ConfirmRevoke(props: KeysProps & { revoking: TenantKey }) {
  const { revoking, visitor } = props;
  const name = revoking.label ?? revoking.id;
  const only = liveKeys(visitor.tenant).length < 2;
  return (
    <PortalMessage
      environment={props.environment}
      title={`Revoke ${name}?`}
      tenant={visitor.tenant}
      place="keys"
    >
      <p>
        <code>{revoking.id}</code>
      </p>
      {only ? (
        <p class="fault">
          This is your only live key: without it nobody of yours could come in again. Make another
          one first, then revoke this.
        </p>
      ) : (
        <form method="post" action={`/portal/keys/${encodeURIComponent(revoking.id)}/revoke`}>
          <p>
            From then on it gets no new tokens; tokens it got before run out within 15 minutes.
            There is no way back.
            {revoking.id === visitor.keyId &&
              ' You are signed in with it, so you will be signed out.'}
          </p>
          <FormKey />
          <p class="buttons">
            <button type="submit" class="danger">
              {`Revoke ${name}`}
            </button>
            <a href="/portal/keys">Cancel</a>
          </p>
        </form>
      )}
      {only && (
        <p>
          <a href="/portal/keys">Back to the keys</a>
        </p>
      )}
    </PortalMessage>
  );
}

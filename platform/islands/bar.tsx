// The island in the bar of every page: whether the page is live, a button to pause it, and the help
// for the keyboard. Its words say what its dot shows.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveState, LiveUpdates } from './live-updates.ts';
import {
  areSingleKeysOff,
  type Controls,
  listenForKeys,
  setSingleKeys,
  shortcutsOf,
} from './shortcuts.ts';

const WORDS: Readonly<Record<LiveState, string>> = {
  off: '',
  live: 'Live',
  paused: 'Paused',
  reconnecting: 'Reconnecting',
  signed_out: 'Signed out',
};

/** How keys look in the help. */
const KEY_NAMES: Readonly<Record<string, string>> = { Escape: 'Esc' };

/** To be called once per document. */
export function mountBar(live: LiveUpdates): void {
  const bar = document.querySelector('header.bar');
  if (bar === null) return;
  const host = document.createElement('div');
  host.className = 'island-bar';
  const signOut = bar.querySelector('.sign-out');
  bar.insertBefore(host, signOut);
  const toggleHelp = () => {
    const dialog = host.querySelector('dialog');
    if (dialog?.open) dialog.close();
    else dialog?.showModal();
  };
  const controls = { live, toggleHelp };
  render(<Bar controls={controls} />, host);
  listenForKeys(controls);
}

function Bar(props: { controls: Controls }) {
  const { live, toggleHelp } = props.controls;
  const [state, setState] = useState(live.state);
  useEffect(() => {
    setState(live.state);
    return live.listen(setState);
  }, [live]);
  return (
    <>
      <span class={`live is-${state}`} role="status">
        {WORDS[state]}
      </span>
      {state === 'signed_out' && <a href={location.href}>Sign in</a>}
      {state === 'paused' && (
        <button type="button" onClick={() => live.resume()}>
          Go on
        </button>
      )}
      {(state === 'live' || state === 'reconnecting') && (
        <button type="button" onClick={() => live.pause()}>
          Pause
        </button>
      )}
      <button type="button" class="help" aria-label="Keyboard help" onClick={toggleHelp}>
        ?
      </button>
      <Help controls={props.controls} />
    </>
  );
}

function Help(props: { controls: Controls }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [off, setOff] = useState(areSingleKeysOff());
  const toggle = () => {
    setSingleKeys(off);
    setOff(!off);
  };
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keyboard</h2>
      <dl>
        {shortcutsOf(props.controls).map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{KEY_NAMES[key] ?? key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>
        <label>
          <input type="checkbox" checked={!off} onChange={toggle} /> Use these keys in this browser
        </label>
      </p>
      <button type="button" autofocus onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}

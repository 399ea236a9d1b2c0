// The island of a tenant's live log: its lines, newest first, with buttons to pause and to clear. What
// was heard is text, wherever it came from.
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { TailEvent } from '../src/tail/tail-event.ts';
import { type LogLine, type LogState, LogStream } from './log-stream.ts';

const WORDS: Readonly<Record<LogState, string>> = {
  connecting: 'Starting to listen',
  live: 'Listening',
  paused: 'Paused',
  reconnecting: 'Reconnecting',
  waiting: 'Waiting for you to look',
  refused: 'Not listening',
};

/** To be called once per document. */
export function mountLiveLog(): void {
  const host = document.querySelector<HTMLElement>('[data-tail]');
  if (host === null) return;
  host.replaceChildren();
  render(<LiveLog url={host.dataset.tail ?? ''} />, host);
}

function LiveLog(props: { url: string }) {
  const [, setTurn] = useState(0);
  const log = useMemo(() => new LogStream(props.url, () => setTurn((turn) => turn + 1)), []);
  useEffect(() => log.start(), [log]);
  const { state, lines } = log;
  const isEmpty = lines.length === 0 && state !== 'refused';
  useEffect(() => {
    const empty = document.getElementById('live-log-empty');
    if (empty !== null) empty.hidden = !isEmpty;
  }, [isEmpty]);
  return (
    <>
      <Bar log={log} />
      {state === 'refused' && (
        <p class="fault" role="alert">
          {log.refusal}
        </p>
      )}
      {lines.length > 0 && <Lines lines={lines} />}
    </>
  );
}

function Bar(props: { log: LogStream }) {
  const { log } = props;
  const { state, held } = log;
  const isPaused = state === 'paused';
  return (
    <div class="log-bar">
      <span class="said" role="status">
        {WORDS[state]}
      </span>
      {held > 0 && <span class="quiet">{`${held} waiting`}</span>}
      <button
        type="button"
        data-log="pause"
        disabled={state === 'refused'}
        onClick={() => (isPaused ? log.resume() : log.pause())}
      >
        {isPaused ? 'Go on' : 'Pause'}
      </button>
      <button
        type="button"
        data-log="clear"
        disabled={log.lines.length === 0}
        onClick={() => log.clear()}
      >
        Clear
      </button>
    </div>
  );
}

function Lines(props: { lines: readonly LogLine[] }) {
  const { lines } = props;
  const isTimed = lines.some(({ event }) => !('missed' in event) && event.wall_ms !== null);
  return (
    <table class="log-table" data-rows>
      <thead>
        <tr>
          <th scope="col" class="at">
            Time (UTC)
          </th>
          <th scope="col" class="ended">
            Outcome
          </th>
          <th scope="col">What it did</th>
          {isTimed && (
            <th scope="col" class="took">
              Took
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Line key={line.id} line={line} isTimed={isTimed} />
        ))}
      </tbody>
    </table>
  );
}

function Line(props: { line: LogLine; isTimed: boolean }) {
  const { event } = props.line;
  if ('missed' in event) {
    const text =
      event.missed === null
        ? 'Some events are missing here.'
        : `${event.missed} events left out: more happened than is shown. Filter to see less.`;
    return (
      <tr class="log-missed">
        <td colSpan={4}>{text}</td>
      </tr>
    );
  }
  return (
    <tr>
      <td class="at figures">
        <time dateTime={event.time} title={event.time}>
          {event.time.slice(11, 23)}
        </time>
      </td>
      <td class="ended">
        <span class={`log-${event.outcome}`}>{outcomeText(event)}</span>
      </td>
      <td class="what">
        {whatText(event)}
        {event.entrypoint !== null && <span class="who">{` ${event.entrypoint}`}</span>}
        <Texts event={event} />
      </td>
      {props.isTimed && (
        <td class="took figures">
          {event.wall_ms === null ? '' : `${Math.round(event.wall_ms)} ms`}
        </td>
      )}
    </tr>
  );
}

function Texts(props: { event: TailEvent }) {
  const { logs, exceptions, truncated } = props.event;
  if (logs.length + exceptions.length === 0 && !truncated) return null;
  return (
    <ul class="log-texts">
      {logs.map(({ level, text }) => (
        <li class={`is-${level}`}>
          <span class="level">{level}</span> {text}
        </li>
      ))}
      {exceptions.map(({ name, message, stack }) => (
        <li class="is-error">
          <strong>{`${name}: ${message}`}</strong>
          {stack !== null && <span class="stack">{stack}</span>}
        </li>
      ))}
      {truncated && <li class="who">… what was too long is left out</li>}
    </ul>
  );
}

/** The runtime's word, where it says more than ours. */
function outcomeText({ outcome, cause }: TailEvent): string {
  return ['ok', 'exception', 'canceled'].includes(cause) ? outcome : cause;
}

function whatText({ event }: TailEvent): string {
  const { type, method, path, status } = event;
  const words = type === 'fetch' ? [method, path, status] : [type, method];
  return words.filter((word) => word !== null).join(' ');
}

// Reads an event stream (`text/event-stream`) as it comes. It opens nothing and knows nothing of what
// the events mean.
import { createParser, type EventSourceMessage } from 'eventsource-parser';

export interface StreamEvent {
  /** `message` when the stream names none. */
  readonly type: string;
  readonly data: string;
  /** The last id that the stream has named so far. */
  readonly id: string;
}

/** Of one event, in characters: the platform's are far below. */
const MAX_EVENT = 4 * 1024 * 1024;

/** The events of `body`, without comments, until it ends or breaks. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const found: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => found.push(event), maxBufferSize: MAX_EVENT });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let id = ''; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    for (const event of found.splice(0)) {
      id = event.id ?? id;
      yield { type: event.event ?? 'message', data: event.data, id };
    }
  }
}

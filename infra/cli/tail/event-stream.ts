// Reads an event stream (`text/event-stream`) as it comes. It opens nothing and knows nothing of what
// the events mean.
import { EventSourceParserStream } from 'eventsource-parser/stream';

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
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: MAX_EVENT }));
  const reader = events.getReader();
  for (let id = ''; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    id = value.id ?? id;
    yield { type: value.event ?? 'message', data: value.data, id };
  }
}

// Spans of the runtime's own tracing around stages of a request. Where the runtime has no tracing, or
// nobody listens, the work just runs. It never changes what the work answers or throws.
import * as runtime from 'cloudflare:workers';

export type SpanAttributes = Readonly<Record<string, string>>;

// Looked up by name: a runtime without it would refuse to load a module that imports it.
const tracing: unknown = Reflect.get(runtime, 'tracing');

/** Runs `work` in a span. `attributes` are asked for when it is done, so that it may add to them. */
export function inSpan<T>(
  name: string,
  attributes: () => SpanAttributes,
  work: () => Promise<T>,
): Promise<T> {
  if (!hasSpans(tracing)) return work();
  return tracing.enterSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      if (span.isTraced) span.setAttributes(attributes());
    }
  });
}

function hasSpans(value: unknown): value is Pick<Tracing, 'enterSpan'> {
  return typeof value === 'object' && value !== null && 'enterSpan' in value;
}

// What rules are judged by: questions about one tenant's counts, or about those of the platform
// itself. Types only; times are milliseconds since 1970.
import type { MissingPeriods } from '../stats/stats-view.ts';

/** `from` inclusive, `to` exclusive; answers are of whole minutes. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the dispatcher counted. */
export interface RequestSums {
  readonly requests: number;
  /** Answered 5xx. */
  readonly errors: number;
}

/** Where the reports of a tenant's own ledgers stand. */
export interface ReportState {
  /** End of the latest period; 0 without any. */
  readonly lastEnd: number;
  readonly lastPeriod: number;
  readonly missing: readonly MissingPeriods[];
}

export interface MinuteOfWrites {
  /** Of the minute. */
  readonly start: number;
  readonly writes: number;
}

export interface Figures {
  requests(span: Span): RequestSums;
  /** Answers with this problem code. */
  answeredWith(code: string, span: Span): number;
  /** Minutes in which the dispatcher saw writes, oldest first. */
  writes(span: Span): readonly MinuteOfWrites[];
  reports(): ReportState;
  /** Breakers that opened in the tenant's own ledgers. */
  breakerOpenings(span: Span): number;
  /** Messages to the platform that its queue gave up on. */
  deadLetters(span: Span): number;
}

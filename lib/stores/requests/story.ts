import { DEFAULT_PROFILES, type Profile } from "../../telemetry/names/profiles.ts";
import type { RequestRecord } from "../../telemetry/projections/record_fields.ts";
import { requestDetail } from "../../telemetry/projections/request_detail.ts";
import type { RequestSpan } from "../../telemetry/projections/request_spans.ts";
import type { StoredDetail, StoredTrace, StoryOptions } from "../request_store.ts";

/** The whole story of one request. @param id of its row. */
export function storyOf(id: number, record: RequestRecord, options: StoryOptions): StoredDetail {
  const { slowMs } = options;
  const profiles = options.profiles.length === 0 ? DEFAULT_PROFILES : options.profiles as readonly Profile[];
  const { row, detail } = requestDetail(record, { slowMs, profiles });
  return { row: { id, ...row }, detail };
}

/** A trace of its requests, in any order. */
export function traceOf(stories: readonly StoredDetail[]): StoredTrace | null {
  const sorted = stories.toSorted((a, b) => a.row.time - b.row.time);
  const [first] = sorted;
  if (first === undefined) return null;
  return {
    requests: sorted.map(({ row }) => row),
    spans: sorted.flatMap(({ row, detail }) =>
      detail.spans.map((span) => moved(span, row.time - first.row.time))
    ),
  };
}

function moved(span: RequestSpan, ms: number): RequestSpan {
  if (ms === 0) return span;
  return {
    ...span,
    started_ms: span.started_ms + ms,
    ended_ms: span.ended_ms + ms,
    events: span.events.map(({ name, at_ms }) => ({ name, at_ms: at_ms + ms })),
  };
}

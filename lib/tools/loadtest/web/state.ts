import { count, duration } from "../../format.ts";
import { html } from "../../report/html.ts";
import type { Fact } from "../../report/page.ts";
import { failureTable, kindTable, loadFacts, thresholdTable } from "../load_report.ts";
import { loadCharts } from "../load_charts.ts";
import type { RunningTest } from "../load_test.ts";
import type { RunState } from "../load_run.ts";

/** What the page shows now. */
export interface PageState {
  readonly state: RunState | "idle";
  readonly text: string;
  /** 0 to 1. */
  readonly progress: number;
  /** HTML by the id of its place; null: there was no run. */
  readonly pieces: Readonly<Record<string, string>> | null;
}

export function pageState(test: RunningTest | null): PageState {
  if (test === null) return { state: "idle", text: "idle", progress: 0, pieces: null };
  const { run } = test;
  const results = test.results();
  const { failures, thresholds, timeline } = results;
  const seconds = duration(run.elapsed * 1000);
  const texts: Readonly<Record<RunState, string>> = {
    running: `running, ${seconds} of ${duration(run.planned * 1000)}`,
    ending: "waiting for the last answers",
    over: run.stoppedEarly ? `stopped after ${seconds}` : `done in ${seconds}`,
  };
  const facts = [
    { label: "users now", value: count(run.users) } as Fact,
    ...loadFacts(results),
  ];
  return {
    state: run.state,
    text: texts[run.state],
    progress: run.state === "over" ? 1 : Math.min(1, run.elapsed / run.planned),
    pieces: {
      facts:
        html`${
          facts.map(({ label, value, tone }) =>
            html`<div class="fact"><b class="${tone ?? ""}">${value}</b><span>${label}</span></div>`
          )
        }`.text,
      charts:
        html`${
          loadCharts(timeline).map(({ title, chart }) => html`<section><h2>${title}</h2>${chart}</section>`)
        }`.text,
      requests: kindTable(results).text,
      failures: failures.length === 0 ? `<p class="sub">None.</p>` : failureTable(results).text,
      thresholds: thresholds.length === 0 ? "" : thresholdTable(results).text,
    },
  };
}

import { Html, html } from "../../report/html.ts";
import { type Choice, LIMITS, planOf } from "../plan.ts";
import { SCENARIOS } from "../scenarios.ts";

/** The page itself, which never changes while it is open: what does comes by `state`. */
export function webPage(server: string, choice: Choice): string {
  const chosen = planOf(choice).scenario;
  const options = Object.entries(SCENARIOS).map(([name, { summary, users }]) =>
    html`
      <option value="${name}" data-about="${summary}" data-users="${users}" ${name === chosen
        ? new Html(" selected")
        : ""}>${name}</option>
    `
  );
  const value = (number: number | null) => number === null ? "" : String(number);
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Load test of ${server}</title>
        <link rel="stylesheet" href="style.css">
        <link rel="icon" href="data:,">
        <script src="script.js" defer></script>
      </head>
      <body>
        <header><h1>Load test</h1><span class="sub">${server}</span><span class="state" id="state" role="status">idle</span></header>
        <section><form id="form">
    <label>scenario<select name="scenario" id="scenario">${options}</select></label>
    <label>users, at most<input name="users" id="users" inputmode="numeric" value="${value(
      choice.users,
    )}"></label>
    <label>spawn rate, a second<input name="spawnRate" inputmode="decimal" placeholder="at once" value="${value(
      choice.spawnRate,
    )}"></label>
    <label>run time<input name="runTime" id="runTime" placeholder="30s, 5m, 2h" value="${choice.seconds ===
        null
      ? ""
      : `${choice.seconds}s`}"></label>
    <label>requests a second<input name="rps" inputmode="decimal" placeholder="as they come" title="An open loop: so many, whatever the answers do; at most ${LIMITS
      .rps}" value="${value(choice.rps)}"></label>
    <button id="start" type="submit">Start</button><button id="stop" type="button" disabled>Stop</button>
    </form><p class="sub" id="about"></p><p id="problem" role="alert"></p><progress id="progress" max="1" value="0"></progress></section>
        <div class="facts" id="facts"></div>
        <div id="charts"></div>
        <section>
          <h2>Requests</h2>
          <div id="requests">
            <p class="sub">Nothing was sent yet.</p>
          </div>
        </section>
        <section>
          <h2>Failures</h2>
          <div id="failures">
            <p class="sub">None.</p>
          </div>
        </section>
        <section id="thresholdSection" hidden>
          <h2>Thresholds</h2>
          <div id="thresholds"></div>
        </section>
        <section id="downloads" hidden>
          <h2>Download</h2>
          <nav><a href="report.html" download>Report (HTML)</a><a href="results.json" download>Results (JSON)</a></nav>
        </section>
        <footer>llm-gateway loadtest</footer>
      </body>
    </html>
  `.text;
}

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { barChart, histogramChart, lineChart } from "../../lib/tools/report/charts.ts";
import { histogram } from "../../lib/tools/report/histogram.ts";
import { html } from "../../lib/tools/report/html.ts";
import { htmlTable, page } from "../../lib/tools/report/page.ts";

const NASTY = `</script><script>alert("1")</script>&`;

function report(): string {
  return page({
    title: NASTY,
    subtitle: "s",
    facts: [{ label: NASTY, value: "1 ms", tone: "good" }],
    sections: [{ title: "t", content: htmlTable(["a", "b"], [[NASTY, 1]]) }],
    data: { model: NASTY },
  });
}

Deno.test("a report is one file: it loads nothing and runs nothing", () => {
  const text = report();
  assertEquals(text.match(/\b(?:src|href)=|@import|url\(/g), null);
  assertEquals(text.match(/<script/g), ["<script"]);
  assertStringIncludes(text, `<script type="application/json" id="data">`);
  assertStringIncludes(text, "prefers-color-scheme: dark");
});

Deno.test("a report keeps what was measured as JSON, whatever names it holds", () => {
  const [, data = ""] = /id="data">(.*?)<\/script>/s.exec(report()) ?? [];
  assertEquals(JSON.parse(data), { model: NASTY });
});

Deno.test("html`` escapes texts, takes HTML as it is, and puts lists together", () => {
  assertEquals(
    html`<p title="${'"'}">${["<", html`<br>`, 1, null]}</p>`.text,
    '<p title="&quot;">&lt;<br>1</p>',
  );
});

Deno.test("charts of nothing, of one value and of gaps are drawn without NaN", () => {
  const charts = [
    lineChart({ x: "x", y: "y", series: [] }),
    lineChart({ x: "x", y: "y", series: [{ name: "a", points: [[1, 0]] }], logX: true }),
    lineChart({ x: "x", y: "y", series: [{ name: "a", points: [[0, 1], [1, NaN], [2, 3]] }] }),
    barChart([]),
    barChart([{ label: "a", value: NaN, text: "–" }, { label: "b", value: 0, text: "0", range: [0, 0] }]),
    histogramChart([], "ms"),
    histogramChart([5, 5, 5], "ms", [{ x: 5, label: "P50" }]),
  ];
  for (const { text } of charts) assertEquals(/NaN|Infinity|undefined/.test(text), false, text);
  assertMatch(charts[2]?.text ?? "", /<polyline[^>]*points="\S+ \S+"/);
});

Deno.test("histogram() counts every value once", () => {
  const values = [1, 1, 2, 3, 10];
  assertEquals(histogram(values).reduce((sum, { count }) => sum + count, 0), values.length);
  assertEquals(histogram([7]).length, 1);
});

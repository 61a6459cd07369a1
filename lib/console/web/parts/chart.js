/**
 * Lines over time, drawn by uPlot. Below them stands what they say as text: at the time that is pointed at, which is the
 * same in all charts of a page, or else at the last one.
 */
import { loadUPlot, useEffect, useRef, useState } from "../core/packages.js";
import { clock } from "../core/format.js";
import { html } from "../core/html.js";
import { useTheme } from "../core/theme.js";

const HEIGHT = 190;
/** Lines with so few values are drawn with their points: one that stands alone is no line. */
const SPARSE = 40;
/** What all charts of a page are told by. */
const SYNC = "console";
let loaded;

/** With the first chart, which comes after the page's first picture. */
function uPlot() {
  return loaded ??= loadUPlot();
}

/** How much larger than usual the page's text is. */
export function magnification() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

/** A colour of the page's style sheet. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * @param {{title: string, times: number[], lines: {name: string, values: (number | null)[], colour?: string}[],
 *   format: (value: number) => string, stacked?: boolean, height?: number, onSelect?: (from: number, to: number) => void}} props
 *   times: Unix milliseconds; null in a line is a gap. onSelect: a stretch of time was drawn over.
 */
export function Chart({ title, times, lines, format, stacked = false, height: usual = HEIGHT, onSelect }) {
  const place = useRef(null);
  const plot = useRef(null);
  const [at, setAt] = useState(null);
  const height = Math.round(usual * magnification());
  const select = useRef(onSelect);
  select.current = onSelect;
  const theme = useTheme();
  const shape = `${theme}|${stacked}|${height}|${
    lines.map((line) => `${line.name}:${line.colour ?? ""}`).join("|")
  }`;
  const data = dataOf(times, lines, stacked);
  useEffect(() => {
    const chart = new (uPlot())(
      optionsOf(lines, { format, stacked, height, width: place.current.clientWidth, select, setAt }),
      data,
      place.current,
    );
    plot.current = chart;
    const observer = new ResizeObserver(([entry]) =>
      chart.setSize({ width: Math.floor(entry.contentRect.width), height })
    );
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [times, lines]);
  return html`
    <figure style=${{ margin: 0 }}>
      <div class="chart" ref=${place} role="img" aria-label="${title}: ${spoken(lines, format)}"></div>
      <ul class="legend">
        ${lines.map((line, index) =>
          html`
            <li
              key=${line.name}><i style=${{
                background: `var(--${line.colour ?? `c${index % 8}`})`,
              }}></i><span title=${line.name}>${line.name}</span> <b>${format(
                at === null ? lastOf(line.values) : line.values[at] ?? NaN,
              )}</b></li>
          `
        )}
        <li>${clock(times[at ?? times.length - 1], { millis: false })}</li>
      </ul>
    </figure>
  `;
}

function lastOf(values) {
  for (let index = values.length - 1; index >= 0; index--) if (values[index] !== null) return values[index];
  return NaN;
}

function spoken(lines, format) {
  return lines.map((line) => `${line.name} now ${format(lastOf(line.values))}`).join(", ") || "nothing yet";
}

/** uPlot's columns; where lines are stacked each is the sum of those up to it. */
function dataOf(times, lines, stacked) {
  const seconds = times.map((time) => time / 1000);
  if (!stacked) return [seconds, ...lines.map((line) => line.values)];
  const sums = times.map(() => 0);
  const columns = lines.map((line) => line.values.map((value, index) => sums[index] += value ?? 0));
  return [seconds, ...columns];
}

function optionsOf(lines, { format, stacked, height, width, select, setAt }) {
  const soft = colour("soft"), grid = colour("line"), large = magnification();
  const axis = {
    stroke: soft,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    font: `${11 * large}px system-ui, sans-serif`,
  };
  const series = lines.map((line, index) => {
    const stroke = colour(line.colour ?? `c${index % 8}`);
    return {
      label: line.name,
      stroke,
      width: (stacked ? 1 : 1.75) * large,
      points: { show: line.values.filter((it) => it !== null).length <= SPARSE, size: 4 * large },
      fill: stacked ? undefined : lines.length === 1 ? `${stroke}22` : undefined,
    };
  });
  return {
    width,
    height,
    series: [{}, ...series],
    bands: stacked
      ? series.map(({ stroke }, index) => ({ series: [index + 1, index], fill: `${stroke}66` })).slice(1)
      : [],
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: {
      sync: { key: SYNC, filters: { pub: isPointing } },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
    },
    scales: { y: { range: (_, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [{
      ...axis,
      size: 34 * large,
      gap: 8 * large,
      space: 64 * large,
      values: (_, seconds) => hours(seconds),
    }, {
      ...axis,
      size: 62 * large,
      values: (_, ticks) => ticks.map((value) => format(value)),
    }],
    hooks: {
      setSelect: [(chart) => {
        const { left, width: wide } = chart.select;
        if (wide < 4 || select.current === undefined) return;
        select.current(chart.posToVal(left, "x") * 1000, chart.posToVal(left + wide, "x") * 1000);
        chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      }],
      setCursor: [(chart) => setAt(chart.cursor.idx ?? null)],
      ready: [fillFirst(stacked ? series[0]?.stroke : undefined)],
    },
  };
}

/** Where the pointer is all charts of a page are told; what is drawn over is one chart's, and one step. */
function isPointing(type) {
  return type !== "mousedown" && type !== "mouseup";
}

/** Times of the axis; at a new day, the day. */
export function hours(seconds) {
  let day = new Date().toDateString();
  const whole = seconds.every((second) => second % 60 === 0);
  return seconds.map((second) => {
    const date = new Date(second * 1000);
    const time = date.toLocaleTimeString("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      second: whole ? undefined : "2-digit",
    });
    if (date.toDateString() === day) return time;
    day = date.toDateString();
    return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" }) + "\n" + time;
  });
}

/** What is stacked lowest reaches down to the axis. */
function fillFirst(stroke) {
  return (chart) => {
    if (stroke === undefined) return;
    chart.series[1].fill = () => `${stroke}66`;
    chart.redraw();
  };
}

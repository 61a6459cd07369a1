import { histogram } from "./histogram.ts";
import { Html, html } from "./html.ts";

const WIDTH = 760;
const LEFT = 62;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 34;
const COLOURS = 5;

export interface Series {
  readonly name: string;
  /** `[x, y]`, by x; what is not finite is a gap. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Mark {
  readonly x: number;
  readonly label: string;
}

export interface LineChartOptions {
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** Powers of two are at even distances. */
  readonly logX?: boolean;
  readonly height?: number;
}

/** Lines over a common axis. */
export function lineChart({ x, y, series, marks = [], logX = false, height = 260 }: LineChartOptions): Html {
  const points = series.flatMap((each) => each.points).filter(([, value]) => Number.isFinite(value));
  if (points.length === 0) return html`<p class="sub">Nothing was measured.</p>`;
  const scaleX = (value: number) => logX ? Math.log2(Math.max(value, 1e-9)) : value;
  const xs = points.map(([value]) => scaleX(value));
  const [lowX, highX] = [Math.min(...xs), Math.max(...xs)];
  const ticksY = ticks(Math.max(...points.map(([, value]) => value)));
  const topY = ticksY[ticksY.length - 1] ?? 1;
  const placeX = (value: number) =>
    LEFT + (highX === lowX ? 0.5 : (scaleX(value) - lowX) / (highX - lowX)) * (WIDTH - LEFT - RIGHT);
  const placeY = (value: number) => height - BOTTOM - value / topY * (height - TOP - BOTTOM);
  const ticksX = logX
    ? [...new Set(points.map(([value]) => value))].sort((a, b) => a - b)
    : within(lowX, highX);
  return html`${frame(height, ticksY.map((tick) => [placeY(tick), short(tick)]), x, y)}${
    ticksX.map((tick) => label(placeX(tick), height - BOTTOM + 15, short(tick), "middle"))
  }${
    series.map((each, index) =>
      html`
        <polyline class="series c${index % COLOURS}" points="${each.points.filter((
          [, value],
        ) => Number.isFinite(value))
          .map(([px, py]) => `${placeX(px).toFixed(1)},${placeY(py).toFixed(1)}`).join(" ")}" />
      `
    )
  }${
    marks.map((mark) =>
      html`
        <line class="axis mark" x1="${placeX(mark.x)}" x2="${placeX(mark.x)}" y1="${TOP}" y2="${height -
          BOTTOM}" />${label(placeX(mark.x) + 4, TOP + 10, mark.label, "start")}
      `
    )
  }</svg>${legend(series.map(({ name }) => name))}`;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands beside it. */
  readonly text: string;
  /** A range around the value, drawn as a line. */
  readonly range?: readonly [number, number];
}

/** Bars from left to right, one below the other. */
export function barChart(bars: readonly Bar[]): Html {
  const most = Math.max(...bars.map(({ value, range }) => range?.[1] ?? value).filter(Number.isFinite), 0);
  const names = Math.min(260, 12 + 7 * Math.max(...bars.map((each) => each.label.length), 0));
  const room = WIDTH - names - 130;
  const height = 8 + bars.length * 28;
  const wide = (value: number) => most === 0 || !Number.isFinite(value) ? 0 : value / most * room;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img">${
    bars.map(({ label: name, value, text, range }, index) => {
      const y = 8 + index * 28;
      return html`
        ${label(names - 8, y + 13, name, "end")}<rect x="${names}" y="${y}" width="${wide(value).toFixed(
          1,
        )}" height="18" rx="3"
          class="fill c${index % COLOURS}" />${range === undefined ? null : html`
            <line x1="${names + wide(range[0])}" x2="${names + wide(range[1])}" y1="${y + 9}" y2="${y +
              9}" class="range" />
          `}${label(names + wide(range?.[1] ?? value) + 8, y + 13, text, "start")}
      `;
    })
  }</svg>`;
}

/** How often values were how large: columns of equal width over their range. */
export function histogramChart(values: readonly number[], x: string, marks: readonly Mark[] = []): Html {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return html`<p class="sub">Nothing was measured.</p>`;
  const height = 200;
  const bins = histogram(known);
  const [low, high] = [bins[0]?.from ?? 0, bins[bins.length - 1]?.to ?? 1];
  const ticksY = ticks(Math.max(...bins.map(({ count }) => count)));
  const topY = ticksY[ticksY.length - 1] ?? 1;
  const placeX = (value: number) => LEFT + (value - low) / (high - low || 1) * (WIDTH - LEFT - RIGHT);
  const placeY = (value: number) => height - BOTTOM - value / topY * (height - TOP - BOTTOM);
  return html`${frame(height, ticksY.map((tick) => [placeY(tick), short(tick)]), x, "")}${
    bins.map(({ from, to, count }) =>
      html`
        <rect x="${(placeX(from) + 0.5).toFixed(1)}" width="${Math.max(1, placeX(to) - placeX(from) - 1)
          .toFixed(1)}" y="${placeY(count).toFixed(1)}" height="${(height - BOTTOM - placeY(count)).toFixed(
            1,
          )}" class="fill c0" />
      `
    )
  }${within(low, high).map((tick) => label(placeX(tick), height - BOTTOM + 15, short(tick), "middle"))}${
    marks.map((mark, index) =>
      html`
        <line class="mark c1" x1="${placeX(mark.x)}" x2="${placeX(mark.x)}" y1="${TOP}"
          y2="${height - BOTTOM}" />${label(placeX(mark.x) + 4, TOP + 10 + index * 12, mark.label, "start")}
      `
    )
  }</svg>`;
}

function frame(height: number, rows: readonly (readonly [number, string])[], x: string, y: string): Html {
  return new Html(
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img">${
      rows.map(([at, text]) =>
        html`
          <line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" />${label(
            LEFT - 6,
            at + 4,
            text,
            "end",
          )}
        `
      ).join("")
    }${label(WIDTH - RIGHT, height - 4, x, "end")}${
      y === ""
        ? ""
        : html`<text x="12" y="${height / 2}" text-anchor="middle" transform="rotate(-90 12 ${
          height / 2
        })">${y}</text>`
    }`,
  );
}

function label(x: number, y: number, text: string, anchor: "start" | "middle" | "end"): Html {
  return html`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;
}

function legend(names: readonly string[]): Html | null {
  if (names.length < 2) return null;
  return html`<p class="legend">${
    names.map((name, index) => html`<span><i class="c${index % COLOURS}"></i>${name}</span>`)
  }</p>`;
}

/** Round numbers from 0 to at least `most`. */
function ticks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

/** Round numbers from `low` to `high`. */
function within(low: number, high: number): number[] {
  if (high === low) return [low];
  const step = ticks((high - low) / 1.5)[1] ?? 1;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(size >= 1000 ? 4 : 3)));
}

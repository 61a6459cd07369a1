/** How many of what size at what time: columns of time, rows of size, the stronger the colour the more. */
import { useEffect, useRef, useState } from "../core/packages.js";
import { clock, count, some } from "../core/format.js";
import { html } from "../core/html.js";
import { useTheme } from "../core/theme.js";
import { colour, hours, magnification } from "./chart.js";

/**
 * @param {{title: string, times: number[], bounds: number[], cells: number[][], format: (value: number) => string}} props
 *   bounds: the upper one of each row; cells: a column of counts for each time.
 */
export function Heatmap({ title, times, bounds, cells, format }) {
  const place = useRef(null);
  const [at, setAt] = useState(null);
  const theme = useTheme();
  useEffect(() => {
    const canvas = place.current;
    const observer = new ResizeObserver(() => draw(canvas, { times, bounds, cells, format }));
    observer.observe(canvas);
    return () => observer.disconnect();
  }, [times, bounds, cells, theme]);
  const all = cells.flat().reduce((sum, value) => sum + value, 0);
  const point = ({ offsetX, offsetY }) => setAt(cellAt(place.current, times, bounds, offsetX, offsetY));
  return html`
    <canvas class="heat" ref=${place} role="img" onPointerMove=${point} onPointerLeave=${() => setAt(null)}
      aria-label="${title}: ${all} requests in ${times.length} columns of time"></canvas>
    <ul class="legend">
      <li>${at === null
        ? `${some(all, "request")}, of the strongest colour ${count(Math.max(0, ...cells.flat()))}`
        : `${clock(times[at.x], { millis: false })}, ${
          at.y === 0 ? "up to" : `${format(bounds[at.y - 1])} to`
        } ${format(bounds[at.y])}: ${some(cells[at.x]?.[at.y] ?? 0, "request")}`}</li>
    </ul>
  `;
}

const LEFT = 62, BOTTOM = 18;

/** Where the picture's parts are, in pixels of the page. */
function measures(canvas, times, bounds) {
  const large = magnification();
  const left = LEFT * large, bottom = BOTTOM * large;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  return {
    large,
    left,
    bottom,
    width,
    height,
    wide: (width - left) / Math.max(1, times.length),
    high: (height - bottom) / Math.max(1, bounds.length),
  };
}

function cellAt(canvas, times, bounds, offsetX, offsetY) {
  const { left, bottom, height, wide, high } = measures(canvas, times, bounds);
  const x = Math.floor((offsetX - left) / wide), y = Math.floor((height - bottom - offsetY) / high);
  return times[x] === undefined || bounds[y] === undefined ? null : { x, y };
}

function draw(canvas, { times, bounds, cells, format }) {
  const scale = devicePixelRatio || 1;
  const { large, left, bottom, width, height, wide, high } = measures(canvas, times, bounds);
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.font = `${11 * large}px system-ui, sans-serif`;
  const most = Math.max(1, ...cells.flat());
  pen.fillStyle = colour("c0");
  cells.forEach((column, x) =>
    column.forEach((value, y) => {
      if (value === 0) return;
      pen.globalAlpha = 0.15 + 0.85 * Math.log1p(value) / Math.log1p(most);
      pen.fillRect(
        left + x * wide,
        height - bottom - (y + 1) * high,
        Math.max(1, wide - 1),
        Math.max(1, high - 1),
      );
    })
  );
  pen.globalAlpha = 1;
  pen.fillStyle = colour("soft");
  pen.textAlign = "right";
  const each = Math.max(1, Math.ceil(16 * large / high));
  // A bound is the line above its row.
  bounds.forEach((bound, y) => {
    if (y % each === 0) {
      pen.fillText(format(bound), left - 6 * large, height - bottom - (y + 1) * high + 8 * large);
    }
  });
  pen.textAlign = "center";
  const ticks = ticksOf(times, (width - left) / (56 * large));
  hours(ticks.map((time) => time / 1000)).forEach((text, index) => {
    const x = left + (ticks[index] - times[0]) / (times[1] - times[0] || 1) * wide;
    if (x > width - 16 * large) return;
    pen.fillText(text.split("\n")[0], x, height - 4 * large);
  });
}

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
];

/** Whole times of the reader's clock, at most so many. */
function ticksOf(times, most) {
  const first = times[0] ?? 0, last = times.at(-1) ?? 0;
  const step = STEPS.find((it) => (last - first) / it <= most) ?? 28 * DAY;
  const offset = new Date(first).getTimezoneOffset() * MINUTE;
  const ticks = [];
  for (let at = Math.ceil((first - offset) / step) * step + offset; at <= last; at += step) ticks.push(at);
  return ticks;
}

/** How many of what size at what time: columns of time, rows of size, the darker the more. */
import { useEffect, useRef } from "../core/packages.js";
import { html } from "../core/html.js";
import { useTheme } from "../core/theme.js";
import { colour } from "./chart.js";
import { clock } from "../core/format.js";

/**
 * @param {{title: string, times: number[], bounds: number[], cells: number[][], format: (value: number) => string}} props
 *   bounds: the upper one of each row; cells: a column of counts for each time.
 */
export function Heatmap({ title, times, bounds, cells, format }) {
  const place = useRef(null);
  const theme = useTheme();
  useEffect(() => {
    const canvas = place.current;
    const observer = new ResizeObserver(() => draw(canvas, { times, bounds, cells, format }));
    observer.observe(canvas);
    return () => observer.disconnect();
  }, [times, bounds, cells, theme]);
  const all = cells.flat().reduce((sum, value) => sum + value, 0);
  return html`
    <canvas class="heat" ref=${place} role="img"
      aria-label="${title}: ${all} requests in ${times.length} columns of time"></canvas>
  `;
}

const LEFT = 62, BOTTOM = 18;

function draw(canvas, { times, bounds, cells, format }) {
  const scale = devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.font = "11px system-ui, sans-serif";
  const most = Math.max(1, ...cells.map((column) => Math.max(0, ...column)));
  const wide = (width - LEFT) / Math.max(1, times.length),
    high = (height - BOTTOM) / Math.max(1, bounds.length);
  pen.fillStyle = colour("c0");
  cells.forEach((column, x) =>
    column.forEach((value, y) => {
      if (value === 0) return;
      pen.globalAlpha = 0.15 + 0.85 * Math.log1p(value) / Math.log1p(most);
      pen.fillRect(
        LEFT + x * wide,
        height - BOTTOM - (y + 1) * high,
        Math.max(1, wide - 1),
        Math.max(1, high - 1),
      );
    })
  );
  pen.globalAlpha = 1;
  pen.fillStyle = colour("soft");
  const each = Math.max(1, Math.ceil(14 / high));
  bounds.forEach((bound, y) => {
    if (y % each === 0) pen.fillText(format(bound), 0, height - BOTTOM - (y + 0.5) * high + 4);
  });
  const steps = Math.max(1, Math.ceil(times.length / Math.max(1, Math.floor(width / 110))));
  times.forEach((time, x) => {
    if (x % steps === 0) pen.fillText(clock(time, { millis: false }), LEFT + x * wide, height - 4);
  });
}

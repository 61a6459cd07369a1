/** PromQL that the dashboards' panels have in common. `$__rate_interval` and the variables are Grafana's. */

/** The chosen instances; also those of the gateway itself, which have neither provider nor model. */
export const INSTANCE = 'instance=~"$instance"';

/** The chosen instances, providers and models. */
export const CHOSEN = `${INSTANCE},provider=~"$provider",model=~"$model"`;

/** Rate of a counter per second, summed. */
export function rate(metric: string, labels: string, by = ""): string {
  return `sum ${grouping(by)}(rate(${metric}{${labels}}[$__rate_interval]))`;
}

/** What a counter grew by in the time that is shown. */
export function growth(metric: string, labels: string, by = ""): string {
  return `sum ${grouping(by)}(increase(${metric}{${labels}}[$__range]))`;
}

/** Quantile of a histogram's values. */
export function quantile(q: number, metric: string, labels: string, by = ""): string {
  const groups = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${groups}) (rate(${metric}_bucket{${labels}}[$__rate_interval])))`;
}

/** The same over the whole time that is shown, for tables and bars. */
export function quantileOfRange(q: number, metric: string, labels: string, by: string): string {
  return `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket{${labels}}[$__range])))`;
}

/** Part of a counter whose labels are `part`, of the whole, 0 where nothing of it happened. */
export function share(metric: string, labels: string, part: string, by = ""): string {
  const whole = rate(metric, labels, by);
  return `(${rate(metric, `${labels},${part}`, by)} or ${whole} * 0) / (${whole} > 0)`;
}

function grouping(by: string): string {
  return by === "" ? "" : `by (${by}) `;
}

/** A panel of a dashboard as a row of data, and how Grafana wants it (its own builders know the schema). */
import { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistributionConfigBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type DataTransformerConfig,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as Gauge } from "@grafana/grafana-foundation-sdk/gauge";
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as Heatmap,
} from "@grafana/grafana-foundation-sdk/heatmap";
import {
  PanelBuilder as Pie,
  PieChartLegendOptionsBuilder,
  PieChartLegendValues,
} from "@grafana/grafana-foundation-sdk/piechart";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as States } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as Series } from "@grafana/grafana-foundation-sdk/timeseries";

/** A query of a panel. */
export interface QueryRow {
  /** PromQL, with Grafana's variables. */
  readonly expr: string;
  /** How its series are called; in a table: the heading of its column. */
  readonly name: string;
}

/** How a panel shows its queries. */
export type View = "series" | "stacked" | "stat" | "gauge" | "bars" | "pie" | "heatmap" | "states" | "table";

/** From which value on which colour; the first holds from the start. */
export type Steps = readonly [{ color: string }, ...{ color: string; from: number }[]];

export interface PanelRow {
  readonly title: string;
  /** What it means and what to do about it; the reader's help. */
  readonly description: string;
  readonly view: View;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** Of the 24 columns of a dashboard. */
  readonly width: number;
  readonly height?: number;
  readonly queries: readonly QueryRow[];
  readonly steps?: Steps;
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** Units of a table's columns that have another than the panel's. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Its samples carry exemplars: points that lead to their traces. */
  readonly exemplars?: boolean;
  /** Shown where there is nothing. */
  readonly noValue?: string;
}

export const DATASOURCE = { type: "prometheus", uid: "${datasource}" };
export const DEFAULT_HEIGHT = 8;

/** Views that show one moment instead of a course. */
const INSTANT: ReadonlySet<View> = new Set(["pie", "table", "bars"]);

/** The panel as Grafana has it, at its place. */
export function panel(row: PanelRow, id: number, place: { x: number; y: number }): Panel {
  const { title, description, unit, width, height = DEFAULT_HEIGHT, steps, min, max, decimals } = row;
  const builder = BUILDERS[row.view](row)
    .id(id)
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(DATASOURCE)
    .gridPos({ ...place, w: width, h: height })
    .noValue(row.noValue ?? "none yet")
    .targets(row.queries.map((query, index) => target(row, query, index)))
    .links([TRACES]);
  if (steps !== undefined) builder.thresholds(thresholds(steps));
  if (min !== undefined) builder.min(min);
  if (max !== undefined) builder.max(max);
  if (decimals !== undefined) builder.decimals(decimals);
  return builder.build();
}

/** What every view's builder of the library can. */
interface AnyBuilder extends Builder<Panel> {
  id(id: number): this;
  title(title: string): this;
  description(text: string): this;
  unit(unit: string): this;
  datasource(ref: { type: string; uid: string }): this;
  gridPos(place: { x: number; y: number; w: number; h: number }): this;
  noValue(text: string): this;
  targets(targets: DataqueryBuilder[]): this;
  links(links: DashboardLinkBuilder[]): this;
  thresholds(thresholds: ThresholdsConfigBuilder): this;
  min(value: number): this;
  max(value: number): this;
  decimals(value: number): this;
}

const BUILDERS: Readonly<Record<View, (row: PanelRow) => AnyBuilder>> = {
  series: () => lines(new Series().fillOpacity(8)),
  stacked: () =>
    lines(new Series().fillOpacity(40).stacking(new StackingConfigBuilder().mode(StackingMode.Normal))),
  stat: () =>
    new Stat()
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.Area)
      .reduceOptions(last()),
  gauge: () => new Gauge().reduceOptions(last()),
  bars: () =>
    new BarGauge()
      .displayMode(BarGaugeDisplayMode.Gradient)
      .orientation(VizOrientation.Horizontal)
      .reduceOptions(last()),
  pie: () =>
    new Pie().reduceOptions(last()).legend(
      new PieChartLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .values([PieChartLegendValues.Percent]),
    ),
  heatmap: () =>
    new Heatmap()
      .calculate(false)
      .color(
        new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme("Turbo").steps(64).exponent(
          0.5,
        ),
      )
      .scaleDistribution(new ScaleDistributionConfigBuilder()),
  states: () => new States().showValue(VisibilityMode.Never).legend(legend(LegendPlacement.Bottom)),
  table: (row) => table(row),
};

function lines(builder: Series): Series {
  return builder
    .lineWidth(1)
    .gradientMode(GraphGradientMode.Opacity)
    .legend(legend(LegendPlacement.Bottom))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
}

function legend(placement: LegendPlacement): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(placement)
    .showLegend(true)
    .calcs([]);
}

function last(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false);
}

/** One row a label set, one column a query. */
function table(row: PanelRow): Table {
  const renamed = Object.fromEntries(
    row.queries.map(({ name }, index) => [`Value #${refId(index)}`, name]),
  );
  const transformations: DataTransformerConfig[] = [
    { id: "merge", options: {} },
    { id: "organize", options: { excludeByName: { Time: true }, renameByName: renamed } },
  ];
  const builder = new Table().transformations(transformations);
  for (const [column, unit] of Object.entries(row.columns ?? {})) {
    builder.overrideByName(column, [{ id: "unit", value: unit }]);
  }
  return builder;
}

function target(row: PanelRow, { expr, name }: QueryRow, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder().refId(refId(index)).expr(expr).legendFormat(name);
  if (row.view === "table") return query.instant().format(PromQueryFormat.Table);
  if (row.view === "heatmap") return query.range().format(PromQueryFormat.Heatmap);
  if (INSTANT.has(row.view)) return query.instant();
  return query.range().exemplar(row.exemplars ?? false);
}

function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function thresholds(steps: Steps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(
    steps.map((step) => ({ color: step.color, value: "from" in step ? step.from : null })),
  );
}

/** To the traces of the time that is shown; the variable is empty where there is no trace store. */
const TRACES = new DashboardLinkBuilder("Traces of this time")
  .type(DashboardLinkType.Link)
  .url("${traces}&start=${__from}000&end=${__to}000")
  .targetBlank(true);

/** A dashboard as data, and how Grafana wants it. */
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE, DEFAULT_HEIGHT, panel, type PanelRow } from "./panel.ts";

/** A group of panels under a heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly PanelRow[];
}

export interface DashboardRow {
  /** Of the file in monitoring/grafana/dashboards/, without its ending. */
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly sections: readonly Section[];
}

const COLUMNS = 24;
const TAG = "llm-gateway";

/** The dashboard's JSON, as a file has it. */
export function dashboardText(row: DashboardRow): string {
  return `${JSON.stringify(dashboard(row), null, 2)}\n`;
}

export function dashboard({ uid, title, description, sections }: DashboardRow): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .time({ from: "now-1h", to: "now" })
    .refresh("10s")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([
      new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
      choice("instance", "Instance", "label_values(gateway_build_info, instance)"),
      choice("provider", "Provider", "label_values(provider_requests_total, provider)"),
      choice("model", "Model", 'label_values(provider_requests_total{provider=~"$provider"}, model)'),
      new TextBoxVariableBuilder("traces")
        .label("Trace store")
        .description("Where a panel's link to traces leads; Jaeger's search")
        .defaultValue("http://localhost:16686/search?service=llm-gateway"),
    ])
    .annotations([
      annotation(
        "Configuration reloads",
        "blue",
        'changes(gateway_config_reloads_total{result="success"}[1m]) > 0',
      ),
      annotation(
        "Reloads that failed",
        "red",
        'changes(gateway_config_reloads_total{result="failure"}[1m]) > 0',
      ),
      annotation("Starts", "green", "resets(process_cpu_seconds_total[1m]) > 0"),
    ])
    .link(
      new DashboardLinkBuilder("Gateway").type(DashboardLinkType.Dashboards).tags([TAG])
        .asDropdown(true).includeVars(true).keepTime(true),
    );
  const built = builder.build();
  return { ...built, panels: [...layOut(sections)] };
}

/** Panels side by side while there is room, each section under its heading. */
function* layOut(sections: readonly Section[]) {
  let id = 1, y = 0;
  for (const section of sections) {
    yield new RowBuilder(section.title).id(id++).collapsed(false).gridPos({ x: 0, y: y++, w: COLUMNS, h: 1 })
      .build();
    let x = 0, lineHeight = 0;
    for (const row of section.panels) {
      if (x + row.width > COLUMNS) [x, y, lineHeight] = [0, y + lineHeight, 0];
      yield panel(row, id++, { x, y });
      x += row.width;
      lineHeight = Math.max(lineHeight, row.height ?? DEFAULT_HEIGHT);
    }
    y += lineHeight;
  }
}

function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .query(query)
    .datasource(DATASOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ selected: true, text: "All", value: "$__all" });
}

function annotation(name: string, color: string, expr: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder().name(name).datasource(DATASOURCE).enable(true).iconColor(color).expr(
    expr,
  );
}

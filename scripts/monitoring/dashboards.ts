/** The dashboards of monitoring/grafana/dashboards/, in the order of their numbers. */
import type { DashboardRow } from "./dashboard.ts";
import { OVERVIEW } from "./dashboards/overview.ts";
import { PERFORMANCE } from "./dashboards/performance.ts";
import { PROVIDER_HEALTH } from "./dashboards/provider_health.ts";
import { SYSTEM_HEALTH } from "./dashboards/system_health.ts";
import { TOKENS } from "./dashboards/tokens.ts";

export const DASHBOARDS: readonly DashboardRow[] = [
  OVERVIEW,
  TOKENS,
  PERFORMANCE,
  PROVIDER_HEALTH,
  SYSTEM_HEALTH,
];

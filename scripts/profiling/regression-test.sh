#!/usr/bin/env bash
# regression-test.sh [OPTION OF profile-latency]…: for CI. Profiles, compares the P95 with the previous baseline's,
# and exits 1 where it grew by more than THRESHOLD percent. Without a previous baseline the new one becomes it.
#
#   BASELINE   where the new profile goes (baseline-latency.json)
#   PREVIOUS   what it is compared with (previous-baseline.json)
#   THRESHOLD  percent (15)
#   GATEWAY    the program (the scripts beside this one)
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
baseline=${BASELINE:-baseline-latency.json}
previous=${PREVIOUS:-previous-baseline.json}
threshold=${THRESHOLD:-15}

# tool COMMAND ARGUMENT…
tool() {
  local command=$1
  shift
  if [ -n "${GATEWAY:-}" ]; then "$GATEWAY" "$command" "$@"; else "$scripts/$command.ts" "$@"; fi
}

tool profile-latency --export "$baseline" "$@"

if [ ! -e "$previous" ]; then
  cp "$baseline" "$previous"
  echo "✅ No previous baseline: this one is kept as $previous"
  exit 0
fi

echo
code=0
tool regression "$previous" "$baseline" --threshold "$threshold" || code=$?
if ((code == 1)); then
  echo "⚠️ PERFORMANCE REGRESSION: P95 latency increased by more than $threshold %"
elif ((code == 0)); then
  echo "✅ No performance regression detected"
fi
exit "$code"

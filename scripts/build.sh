#!/usr/bin/env bash
# Configures a preset if that is due and builds targets of it (all without one).
#   scripts/build.sh release mllp-server
# MLLP_SKIP_BUILD=1 takes what is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PRESET=${1:?usage: scripts/build.sh PRESET [TARGET…]}
shift
[ "${MLLP_SKIP_BUILD:-0}" != 1 ] || exit 0

# One compiler takes up to 1.5 GiB: more jobs than memory holds would swap.
job_count() {
  local by_memory
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / (1536 * 1024)) }' /proc/meminfo)
  local by_cores
  by_cores=$(nproc)
  echo $((by_memory < 1 ? 1 : by_memory < by_cores ? by_memory : by_cores))
}

ninja_file=build/$PRESET/build.ninja
if [ ! -f "$ninja_file" ] || [ CMakePresets.json -nt "$ninja_file" ]; then
  cmake --preset "$PRESET" >/dev/null || {
    printf 'build: cmake --preset %s failed; is a package missing? (scripts/packages.txt)\n' \
      "$PRESET" >&2
    exit 1
  }
fi
targets=()
[ $# -eq 0 ] || targets=(--target "$@")
exec cmake --build "build/$PRESET" --parallel "$(job_count)" "${targets[@]}"

#!/usr/bin/env bash
# Runs each fuzz target, or those that are named, for some seconds of processor time
# over its corpus, several at a time. What is new goes to build/fuzz/corpus, what breaks
# to build/fuzz/findings; the corpus in the tree is only read. A dictionary beside the
# target, fuzz/NAME.dict, is used. Exits 1 if anything was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

SECONDS_EACH=${1:?usage: scripts/fuzz.sh SECONDS [JOBS [TARGET…]] (after scripts/build.sh fuzz)}
JOBS=${2:-$(nproc)}
shift $(($# < 2 ? $# : 2))
FINDINGS=build/fuzz/findings
RSS_MIB_MAX=2048

# Processor time of a process, seconds. Machines are shared: time on the clock says little.
cpu_seconds() {
  awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) / ticks) }' \
    "/proc/$1/stat" 2>/dev/null || echo "$SECONDS_EACH"
}

# Ends a target when it has had its time: libFuzzer tells what it did, and exits with 0.
end_in_time() {
  while [ "$(cpu_seconds "$1")" -lt "$SECONDS_EACH" ]; do sleep 1; done
  kill -USR1 "$1" 2>/dev/null || true
}

# Run by xargs: one target, given by its source file.
fuzz_one() {
  local source=$1
  local name grown corpus dictionary words=()
  name=$(basename "$source" .cpp)
  corpus=$(dirname "$source")/corpus/${name%_fuzz}
  grown=build/fuzz/corpus/$name
  dictionary=$(dirname "$source")/${name%_fuzz}.dict
  [ ! -f "$dictionary" ] || words=(-dict="$dictionary")
  mkdir -p "$grown" "$FINDINGS"
  "build/fuzz/bin/$name" -rss_limit_mb="$RSS_MIB_MAX" \
    -timeout=10 -print_final_stats=1 -artifact_prefix="$FINDINGS/$name." \
    "${words[@]}" "$grown" "$corpus" >"build/fuzz/$name.log" 2>&1 &
  local target=$!
  end_in_time "$target" &
  if wait "$target"; then
    printf 'clean   %s (%s runs)\n' "$name" \
      "$(awk '/stat::number_of_executed_units/ { print $2 }' "build/fuzz/$name.log")"
  else
    printf 'FOUND   %s: see build/fuzz/%s.log and %s/\n' "$name" "$name" "$FINDINGS"
    return 1
  fi
}
export -f fuzz_one end_in_time cpu_seconds
export SECONDS_EACH FINDINGS RSS_MIB_MAX

# chosen [TARGET…]: the sources of these, or of all.
chosen() {
  local source name
  find lib app -path '*/fuzz/*_fuzz.cpp' | sort | while read -r source; do
    name=$(basename "$source" .cpp)
    if [[ $# -eq 0 || " $* " == *" $name "* ]]; then printf '%s\0' "$source"; fi
  done
}

chosen "$@" |
  xargs -0 -r -n 1 -P "$JOBS" bash -euo pipefail -c 'fuzz_one "$1"' _

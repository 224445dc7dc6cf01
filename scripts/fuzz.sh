#!/usr/bin/env bash
# Runs each fuzz target for some seconds over its corpus, several at a time. What
# is new goes to build/fuzz/corpus, what breaks to build/fuzz/findings; the corpus
# in the tree is only read. A dictionary beside the target, fuzz/NAME.dict, is used. Exits
# 1 if anything was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

SECONDS_EACH=${1:?usage: scripts/fuzz.sh SECONDS [JOBS] (after scripts/build.sh fuzz)}
JOBS=${2:-$(nproc)}
FINDINGS=build/fuzz/findings
RSS_MIB_MAX=2048

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
  if "build/fuzz/bin/$name" -max_total_time="$SECONDS_EACH" -rss_limit_mb="$RSS_MIB_MAX" \
    -timeout=10 -print_final_stats=1 -artifact_prefix="$FINDINGS/$name." \
    "${words[@]}" "$grown" "$corpus" >"build/fuzz/$name.log" 2>&1; then
    printf 'clean   %s (%s runs)\n' "$name" \
      "$(awk '/stat::number_of_executed_units/ { print $2 }' "build/fuzz/$name.log")"
  else
    printf 'FOUND   %s: see build/fuzz/%s.log and %s/\n' "$name" "$name" "$FINDINGS"
    return 1
  fi
}
export -f fuzz_one
export SECONDS_EACH FINDINGS RSS_MIB_MAX

find lib app -path '*/fuzz/*_fuzz.cpp' -print0 | sort -z |
  xargs -0 -r -n 1 -P "$JOBS" bash -euo pipefail -c 'fuzz_one "$1"' _

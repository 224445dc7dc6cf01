#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/test.sh [OPTION…]

Without options, in under 45 minutes from nothing on two cores:
  1. release   every test against what is shipped
  2. asan      unit tests and fuzz corpora under address and undefined behaviour
  3. tsan      unit tests of the rooms that have threads, under the race detector

  --quick         unit tests and fuzz corpora in release only: some minutes
  --release       every test in release
  --asan          every test under address and undefined behaviour
  --tsan          every test under the race detector
  --all           --release --asan --tsan
  --fuzz SECONDS  each fuzz target for so much processor time, under clang's
                  libFuzzer; what it finds is kept in build/fuzz/findings
  --soak [SECONDS]
                  mixed load for so long (300), hostile peers among it: nothing may grow
  --soak-asan [SECONDS]
                  the same under address and undefined behaviour (1800)
  --tests REGEX   of those, only the tests whose name matches
  --jobs N        tests at a time (default: one for each core)
  --help

What fails runs once more, alone, since machines are shared; both outcomes are told at
the end, and only what fails twice fails the run.

The options may be combined and run in the order given. A test that
needs ../shared (or MLLP_SHARED), strace or root says so and is skipped without.
END
}

die() {
  printf 'test: %s\n' "$1" >&2
  exit 2
}

is_number() {
  [[ "$1" =~ ^[1-9][0-9]*$ ]]
}

number() {
  is_number "${2:-}" || die "$1 takes a number, found '${2:-}'"
  printf '%s' "$2"
}

# The option's own number, where the next word is one.
number_or() {
  if is_number "$2"; then printf '%s' "$2"; else printf '%s' "$1"; fi
}

PHASES=()
FUZZ_SECONDS=0
SOAK_SECONDS=0
SOAK_ASAN_SECONDS=0
JOBS=$(nproc)
FILTER=()
while [ $# -gt 0 ]; do
  case "$1" in
    --quick) PHASES+=(quick) ;;
    --release) PHASES+=(release) ;;
    --asan) PHASES+=(asan) ;;
    --tsan) PHASES+=(tsan) ;;
    --all) PHASES+=(release asan tsan) ;;
    --fuzz) FUZZ_SECONDS=$(number --fuzz "${2:-}"); PHASES+=(fuzz); shift ;;
    --soak) SOAK_SECONDS=$(number_or 300 "${2:-}"); PHASES+=(soak)
      is_number "${2:-}" && shift ;;
    --soak-asan) SOAK_ASAN_SECONDS=$(number_or 1800 "${2:-}"); PHASES+=(soak_asan)
      is_number "${2:-}" && shift ;;
    --tests) [ $# -gt 1 ] || die "--tests takes a regular expression"
      FILTER=(--tests-regex "$2"); shift ;;
    --jobs) JOBS=$(number --jobs "${2:-}"); shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ ${#PHASES[@]} -gt 0 ] || PHASES=(release asan_light tsan_light)

# What the lighter sanitizer runs leave out: tests that run no code of ours, and
# under the race detector the rooms that know no thread, which are not even built.
NOT_OURS='^(tidy|tools\.)'
NO_THREADS='^(tidy|tools\.|mllp\.|hl7\.|cel\.|config\.|cli\.)'
WITH_THREADS=(base telemetry net store audit connect intake deliver session otlp admin control
  server)

# g++ 12's race detector does not know the wider address randomisation of newer
# kernels, so tests start without it, where it may be switched off.
UNRANDOMISED=()
if setarch "$(uname -m)" -R true 2>/dev/null; then
  UNRANDOMISED=(setarch "$(uname -m)" -R)
fi

# run_ctest PRESET [OPTION…]: what failed runs once more, alone, as machines are
# shared. Either way its name and its words stand again at the end of all.
run_ctest() {
  local preset=$1
  shift
  local log=build/$preset/Testing/Temporary
  "${UNRANDOMISED[@]}" ctest --preset "$preset" --parallel "$JOBS" --no-tests=error \
    "${FILTER[@]}" "$@" && return
  tell_failures "$preset, first run" "$log"
  "${UNRANDOMISED[@]}" ctest --preset "$preset" --rerun-failed && return
  tell_failures "$preset, alone" "$log"
  return 1
}

# The last words of each failed test, few enough for a log of which only the end is kept.
tell_failures() {
  printf -- '-- %s\n' "$1"
  awk -v most=6 -v tail=15 '
    function tell(  i) {
      if (!failed || told++ >= most) return
      print header
      for (i = count > tail ? count - tail + 1 : 1; i <= count; i++) print "  " lines[i]
    }
    /^[0-9]+\/[0-9]+ Testing: / { tell(); failed = count = 0; header = $0; next }
    /^Test (Failed|timeout)/ { failed = 1 }
    /^(Test |"|-+$|<end of output>)/ { next }
    { lines[++count] = $0 }
    END { tell(); if (told > most) print "and " told - most " more" }
  ' "$2/LastTest.log" | cut -c1-160
} >>"$REPORT"

# What was promised of a machine that does nothing else is asked for here.
phase_soak() {
  scripts/build.sh release mllp-server
  MLLP_SOAK_SECONDS=$SOAK_SECONDS test/run.sh soak
  MLLP_HOSTILE_SHARE=0.8 test/run.sh hostile Hostile
}

# A small quarantine: what is freed is used again, so that what is not shows.
phase_soak_asan() {
  scripts/build.sh asan mllp-server
  MLLP_SERVER=$PWD/build/asan/bin/mllp-server MLLP_SLOWNESS=6 \
    MLLP_SOAK_SECONDS=$SOAK_ASAN_SECONDS \
    ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=16:malloc_context_size=8 test/run.sh soak
}

phase_quick() {
  scripts/build.sh release
  run_ctest release --label-regex '^(unit|fuzz)$'
}

# Scenarios mostly wait. Where asan comes next, it is built meanwhile, behind everything
# else; phase_asan waits for the lock and builds what is left, with its errors.
build_asan_meanwhile() {
  [ "${PHASES[*]}" = "release asan_light tsan_light" ] || return 0
  mkdir -p build
  flock build/asan.lock nice -n 19 scripts/build.sh asan >/dev/null 2>&1 &
}

phase_release() {
  scripts/build.sh release
  build_asan_meanwhile
  run_ctest release
}

phase_asan() {
  mkdir -p build
  flock build/asan.lock scripts/build.sh asan
  run_ctest asan "$@"
}

phase_asan_light() {
  phase_asan --label-regex '^(unit|fuzz)$' --exclude-regex "$NOT_OURS"
}

phase_tsan() {
  "${UNRANDOMISED[@]}" scripts/build.sh tsan
  run_ctest tsan
}

phase_tsan_light() {
  "${UNRANDOMISED[@]}" scripts/build.sh tsan "${WITH_THREADS[@]/%/_test}"
  run_ctest tsan --label-regex '^unit$' --exclude-regex "$NO_THREADS"
}

phase_fuzz() {
  scripts/install_packages.sh develop
  local targets
  mapfile -t targets < <(find lib app -path '*/fuzz/*_fuzz.cpp' -printf '%f\n' | sed 's/\.cpp$//')
  scripts/build.sh fuzz "${targets[@]}"
  scripts/fuzz.sh "$FUZZ_SECONDS" "$JOBS"
}

scripts/install_packages.sh build test package
SUMMARY=()
REPORT=$(mktemp)
trap 'rm -f "$REPORT"' EXIT
failed=0
for phase in "${PHASES[@]}"; do
  printf '\n== %s\n' "$phase"
  started=$SECONDS
  verdict=passed
  set +e
  (set -e; "phase_$phase")  # not as a condition: that would switch `set -e` off inside
  [ $? -eq 0 ] || { verdict=FAILED; failed=1; }
  set -e
  SUMMARY+=("$(printf '%-12s %-7s %4d s' "$phase" "$verdict" $((SECONDS - started)))")
done

if [ -s "$REPORT" ]; then
  printf '\n== what failed\n'
  cat "$REPORT"
fi
printf '\n== summary\n'
printf '%s\n' "${SUMMARY[@]}"
exit "$failed"


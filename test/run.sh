#!/bin/sh
# Runs scenarios by hand: run.sh FILE [CLASS[.TEST] ...]
#   run.sh limits Garbage.test_default_limit
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
export MLLP_SERVER="${MLLP_SERVER:-$here/../build/release/bin/mllp-server}"
export MLLP_SHARED="${MLLP_SHARED:-$here/../../shared}"
[ $# -ge 1 ] || { sed -n '2,3p' "$0" | cut -c3-; exit 2; }
file=$1
shift
cd "$here"
[ $# -gt 0 ] || exec python3 -B -m unittest -v "scenarios.test_$file"
for name in "$@"; do
  set -- "$@" "scenarios.test_$file.$name"
  shift
done
exec python3 -B -m unittest -v "$@"

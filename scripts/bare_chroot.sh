#!/usr/bin/env bash
# README's two commands in a fresh Debian 12 with nothing but the base system and git.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/bare_chroot.sh [--run-only | --test-options "OPTION…"] [--keep FOLDER]

In a chroot above the base of scripts/debian_base.sh: installs git, clones what is committed
here, runs ./scripts/run.sh until it listens, sends docs/examples/admit.hl7 and ends it by
SIGTERM; then runs ./scripts/test.sh. Ten minutes of two idle cores, and as long as the tests
take. Needs root, the network, and port 2575.

  --run-only        leaves out ./scripts/test.sh
  --test-options    what ./scripts/test.sh gets, e.g. "--quick"
  --keep FOLDER     where the chroot's changes stay afterwards
END
}

TEST=1
TEST_OPTIONS=
KEEP=
while [ $# -gt 0 ]; do
  case "$1" in
    --run-only) TEST=0 ;;
    --test-options) TEST_OPTIONS=${2:?--test-options takes a text}; shift ;;
    --keep) KEEP=${2:?--keep takes a folder}; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

base=$(scripts/debian_base.sh)
folder=${KEEP:-$(mktemp -d)}
[ -n "$KEEP" ] || trap 'rm -rf --one-file-system "$folder"' EXIT
mkdir -p "$folder/upper" "$folder/work" "$folder/root"
project=$(git rev-parse --show-toplevel)
common=$(cd "$(git rev-parse --git-common-dir)" && pwd)

# Runs inside. Every line says what comes next; the first that fails ends it.
cat >"$folder/upper/steps.sh" <<'END'
set -euo pipefail
say() { printf '\n== %s\n' "$1"; }
say 'git'
apt-get -q update >/dev/null
apt-get -q -y --no-install-recommends install git >/dev/null
git config --global --add safe.directory '*'
git clone -q --no-hardlinks /project /srv/mllp-server
cd /srv/mllp-server
git checkout -q "$1"
git log -1 --format='%h %s'

say './scripts/run.sh'
started=$SECONDS
./scripts/run.sh >/srv/run.log 2>&1 &
server=$!
until grep -q 'started' /srv/run.log; do
  kill -0 "$server" 2>/dev/null || { tail -50 /srv/run.log; exit 1; }
  sleep 1
done
printf 'listens after %s s\n' $((SECONDS - started))
build/release/bin/mllp-server send --verbose docs/examples/admit.hl7
kill -TERM "$server"
wait "$server"
printf 'ended with 0\n'
tail -12 /srv/run.log

if [ "$2" = 1 ]; then
  say "./scripts/test.sh $3"
  # shellcheck disable=SC2086
  ./scripts/test.sh $3
fi
END

# The mounts end with this namespace, whatever becomes of the steps.
unshare --mount bash -euo pipefail -c '
  folder=$1 base=$2 common=$3
  root=$folder/root
  mount -t overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/project"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount --bind "$common" "$root/project"
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/srv TERM=dumb LC_ALL=C.UTF-8 \
    chroot "$root" bash /steps.sh "$4" "$5" "$6"' \
  _ "$folder" "$base" "$common" "$(git -C "$project" rev-parse HEAD)" "$TEST" "$TEST_OPTIONS"

#!/usr/bin/env bash
# Makes what is delivered: the Debian package and the portable archive.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/package.sh [--deb] [--archive]

Builds the preset `release` and makes, both without options, in build/release/package:

  --deb      mllp-server_<version>-1_amd64.deb, for Debian 12
  --archive  mllp-server-<version>-linux-amd64.tar.gz: the program with its connectors and
             every library that they need but the C library, to unpack on any Linux with a
             C library of Debian 12's version (2.36) or newer

and SHA256SUMS of all that is there. The same commit, built in the same folder, gives the same
bytes: every date is SOURCE_DATE_EPOCH, the commit's own without it.
END
}

die() {
  printf 'package: %s\n' "$1" >&2
  exit 1
}

BUILD=build/release
OUT=$BUILD/package
WHAT=()
while [ $# -gt 0 ]; do
  case "$1" in
    --deb | --archive) WHAT+=("${1#--}") ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ ${#WHAT[@]} -gt 0 ] || WHAT=(deb archive)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

# The shared libraries of a program or module with all that they need, but for the C library,
# which has to fit the kernel and the machine's own settings: it stays the machine's.
libraries_of() {
  ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
    grep -Ev '/(ld-linux-x86-64|lib(c|m|dl|rt|pthread|resolv|util|anl|nsl))\.so'
}

# Copies them with the licences of the packages that they are of.
copy_libraries() {
  local tree=$1 library package libraries packages
  mapfile -t libraries < <(libraries_of "$tree"/bin/mllp-server "$tree"/lib/mllp-server/*.so)
  for library in "${libraries[@]}"; do
    install -m 644 "$(readlink -f "$library")" "$tree/lib/$(basename "$library")"
  done
  # A package may know a library below /lib or below /usr/lib.
  mapfile -t packages < <(dpkg-query -S "${libraries[@]}" "${libraries[@]/#//usr}" 2>/dev/null |
    sed 's/[:,].*//' | sort -u)
  [ ${#packages[@]} -gt 0 ] || die 'the libraries are of no package: under which licences?'
  for package in "${packages[@]}"; do
    install -D -m 644 "/usr/share/doc/$package/copyright" "$tree/share/doc/licenses/$package"
  done
  [ "$(find "$tree/lib" -name 'libcrypto.so*' | wc -l)" -eq 1 ] || die 'not exactly one OpenSSL'
}

# Each file finds the libraries that lie beside it, before those of the machine.
point_to_libraries() {
  local tree=$1
  strip --strip-unneeded "$tree"/bin/* "$tree"/lib/mllp-server/*.so
  patchelf --set-rpath "\$ORIGIN/../lib" "$tree/bin/mllp-server"
  patchelf --set-rpath "\$ORIGIN/.." "$tree"/lib/mllp-server/*.so
  patchelf --set-rpath "\$ORIGIN" "$tree"/lib/*.so*
}

make_archive() {
  command -v patchelf >/dev/null || die 'patchelf is missing (scripts/packages.txt, [package])'
  local version name tree
  version=$("$BUILD/bin/mllp-server" --version | awk '{ print $2 }')
  name=mllp-server-$version-linux-amd64
  tree=$OUT/$name
  rm -rf "$tree"
  cmake --install "$BUILD" --component server --prefix "$tree" >/dev/null
  copy_libraries "$tree"
  point_to_libraries "$tree"
  mkdir -p "$tree/etc" "$tree/systemd"
  install -m 644 deploy/etc/* "$tree/etc"
  sed 's#/usr/bin/mllp-server#/opt/mllp-server/bin/mllp-server#' \
    deploy/systemd/mllp-server.service >"$tree/systemd/mllp-server.service"
  install -m 644 deploy/archive/README.txt LICENSE CHANGELOG.md "$tree"
  install -m 644 deploy/debian/copyright "$tree/share/doc/licenses/mllp-server"
  (cd "$tree" && find . -type f -printf '%P\n' | sort | xargs sha256sum >"../$name.sums")
  mv "$OUT/$name.sums" "$tree/SHA256SUMS"
  tar -C "$OUT" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode='u=rwX,go=rX' -cf - "$name" | gzip -n >"$OUT/$name.tar.gz"
  rm -rf "$tree"
}

make_deb() {
  if ! (cd "$BUILD" && cpack >package.log 2>&1); then
    tail -20 "$BUILD/package.log" >&2
    die 'cpack failed'
  fi
  rm -rf "$OUT/_CPack_Packages"
}

scripts/build.sh release mllp-server connector_modules manual
# The build dates the manual by the day on which it was configured.
python3 -B tools/make_manual.py --binary "$BUILD/bin/mllp-server" \
  --date "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" "$BUILD/deploy/share"
mkdir -p "$OUT"
for what in "${WHAT[@]}"; do "make_$what"; done
(cd "$OUT" && sha256sum -- *.deb *.tar.gz >SHA256SUMS 2>/dev/null) || true
ls -1 "$OUT"

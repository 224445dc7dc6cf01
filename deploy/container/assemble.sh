#!/bin/sh
# Puts the root folder of the image together, on the Debian whose C library it takes:
#   assemble.sh ARCHIVE FOLDER
set -eu
archive=$1
image=$2

mkdir -p "$image/opt" "$image/etc/ssl/certs" "$image/etc/mllp-server" "$image/lib64" \
  "$image/usr/share" "$image/data" "$image/proc" "$image/sys" "$image/dev" "$image/tmp"

tar -C "$image/opt" -xzf "$archive"
mv "$image"/opt/mllp-server-* "$image/opt/mllp-server"
rm -rf "$image/opt/mllp-server/systemd" "$image/opt/mllp-server/etc" \
  "$image/opt/mllp-server/share/man" "$image"/opt/mllp-server/share/*completion* \
  "$image/opt/mllp-server/share/zsh" "$image/opt/mllp-server/share/fish"

# The C library and what it opens by itself; names are looked up by files and DNS.
libc=$(dirname "$(readlink -f /lib/x86_64-linux-gnu/libc.so.6)")
mkdir -p "$image/lib/x86_64-linux-gnu"
for name in libc.so.6 libm.so.6 libdl.so.2 librt.so.1 libpthread.so.0 libresolv.so.2 \
  libnss_files.so.2 libnss_dns.so.2; do
  cp "$libc/$name" "$image/lib/x86_64-linux-gnu/"
done
cp -L /lib64/ld-linux-x86-64.so.2 "$image/lib64/"
cp /usr/share/doc/libc6/copyright "$image/opt/mllp-server/share/doc/licenses/libc6"
printf 'hosts: files dns\n' >"$image/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' \
  >"$image/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$image/etc/group"

cp /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
cp -r /usr/share/zoneinfo "$image/usr/share/"
rm -rf "$image/usr/share/zoneinfo/right" "$image/usr/share/zoneinfo/posix"

chown 65534:65534 "$image/data"
chmod 700 "$image/data"
chmod 1777 "$image/tmp"

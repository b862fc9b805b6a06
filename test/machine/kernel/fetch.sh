#!/usr/bin/env bash
# Downloads, without installing it, the kernel package that the machine of test/machine boots: the one
# whose headers are installed. As any user, where apt-get knows the package (apt-get update).
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/beacon-terminal/machine
mkdir -p "$cache"
cd "$cache"
# linux-headers-amd64 depends on those of one version.
depends=$(dpkg-query --show --showformat '${Depends}' linux-headers-amd64)
version=$(sed -n 's/^linux-headers-\([^ ]*\).*/\1/p' <<<"$depends")
package=linux-image-$version
for file in "$package"_*.deb; do [ -e "$file" ] && exit; done
rm -f ./*.deb
apt-get download -q "$package"

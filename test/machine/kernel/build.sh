#!/usr/bin/env bash
# build.sh PACKAGE FOLDER: makes of Debian's kernel package (linux-image-….deb) what the machine boots:
# FOLDER/{vmlinuz,initrd.gz,modules/,phone}. Needs the linux-headers-… of the same version, linux-source-…,
# gcc, make, busybox-static, cpio and kmod. As any user; installs nothing.
set -euo pipefail
package=$(readlink -f "$1")
folder=$2
here=$(cd "$(dirname "$0")" && pwd)
name=$(dpkg-deb --field "$package" Package)
version=${name#linux-image-}
series=$(cut -d. -f1,2 <<<"$version")
source=linux-source-$series
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dpkg-deb --extract "$package" "$work/package"
all=$work/package/lib/modules/$version

# Debian's kernel leaves these out: GPIO lines and lamps made of nothing but memory.
mkdir "$work/extra"
tar --extract --file "/usr/src/$source.tar.xz" --directory "$work/extra" --transform 's:.*/::' \
  "$source"/drivers/gpio/{gpio-sim.c,gpiolib.h} "$source"/drivers/leds/uleds.c "$source"/kernel/irq/irq_sim.c
# The one function that is not there for modules, by what it does.
sed -i 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/' "$work/extra/irq_sim.c"
printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' >"$work/extra/license.c"
printf 'obj-m := gpio-sim.o uleds.o interrupts.o\ninterrupts-y := irq_sim.o license.o\n' >"$work/extra/Makefile"
make --silent --directory "/lib/modules/$version/build" M="$work/extra" modules >&2
mkdir "$all/extra"
cp "$work"/extra/*.ko "$all/extra/"
strip --strip-debug "$all"/extra/*.ko
depmod --basedir "$work/package" "$version"

# files_of ROOT MODULE...: their files and those they need, in the order of loading.
files_of() {
  local root=$1
  shift
  for module in "$@"; do
    modprobe --dirname "$root" --set-version "$version" --show-depends "$module"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# What the guest loads once it stands on the host's files, and what that needs.
few=$work/few/lib/modules/$version
mkdir -p "$few"
files_of "$work/package" virtio_pci virtio_net virtio_rng virtio_blk ext4 9pnet_virtio 9p overlay configfs autofs4 \
  hci_vhci algif_hash algif_skcipher ecb cmac aes_generic ccm \
  gpio-sim uleds ledtrig-timer ledtrig-pattern |
  while read -r file; do install -D --mode 644 "$file" "$few/${file#"$all"/}"; done
cp "$all"/modules.{builtin,builtin.modinfo,order} "$few/"
depmod --basedir "$work/few" "$version"

# The first files: just enough to put the host's / under a roof of RAM, and to go there.
first=$work/first
mkdir -p "$first"/{bin,proc,sys,dev,modules,host,roof,root}
cp /bin/busybox "$first/bin/"
for applet in sh mount mkdir insmod switch_root poweroff; do ln -s busybox "$first/bin/$applet"; done
take() {
  local order=$first/modules/$1
  shift
  files_of "$work/few" "$@" | while read -r file; do
    cp "$file" "$first/modules/"
    basename "$file" >>"$order"
  done
}
take order virtio_pci 9pnet_virtio 9p overlay
take order-disk virtio_blk ext4
install --mode 755 "$here/init" "$first/init"

rm -rf "$folder.new"
mkdir -p "$folder.new"
(cd "$first" && find . | cpio --create --format newc --quiet | gzip -1) >"$folder.new/initrd.gz"
cp "$work/package/boot/vmlinuz-$version" "$folder.new/vmlinuz"
cp -r "$work/few/lib/modules" "$folder.new/modules"
gcc -O2 -Wall -Wextra -Werror -o "$folder.new/phone" "$here/../guest/phone.c"
# Whole or not at all.
rm -rf "$folder"
mv "$folder.new" "$folder"

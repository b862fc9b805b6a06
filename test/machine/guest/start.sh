#!/bin/bash
# Process 1 of the guest, on the host's files: brings up what a small Linux has, runs the agent, and
# switches off when that ends. On the kernel's command line: modules=FOLDER node=FILE agent=FILE port=N
# and ports=N,N: of the host, to be reached on 127.0.0.1 here.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
word() { sed -n "s/.*\(^\| \)$1=\([^ ]*\).*/\2/p" /proc/cmdline; }

PATH="$(dirname "$(word node)"):$PATH"
mkdir -p /dev/pts /dev/shm /lib/modules
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
ln -sf /proc/self/fd /dev/fd
mount --bind "$(word modules)" /lib/modules
hostname counter
ip link set lo up
modprobe virtio_net
modprobe -a virtio_rng configfs
mount -t configfs configfs /sys/kernel/config
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
for port in $(word ports | tr , ' '); do
  socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,nodelay" "TCP:10.0.2.100:$port,nodelay" &
done

"$(word node)" "$(word agent)" 10.0.2.100 "$(word port)"
sync
busybox poweroff -f

#!/bin/bash
# Process 1 of the guest, on the host's files: brings up what a small Linux has, runs the agent, and
# switches off when that ends. On the kernel's command line: modules=FOLDER node=FILE agent=FILE port=N
# and ports=N,N: of the host, to be reached on 127.0.0.1 here. With init=systemd process 1 is systemd, and the
# agent a service of it.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
word() { sed -n "s/.*\(^\| \)$1=\([^ ]*\).*/\2/p" /proc/cmdline; }

PATH="$(dirname "$(word node)"):$PATH"
if [ "${1:-}" != agent ]; then
  mkdir -p /lib/modules
  mount --bind "$(word modules)" /lib/modules
fi
if [ "$(word init)" = systemd ] && [ "${1:-}" != agent ]; then
  units=/etc/systemd/system
  if [ ! -e $units/counter.service ]; then
    # What a container's image leaves behind, what else this computer starts, and dpkg's longest errand.
    rm -rf /.dockerenv /usr/sbin/policy-rc.d /usr/lib/systemd/system/*.wants $units/*.wants \
      /var/lib/man-db/auto-update
    cat >$units/counter.service <<UNIT
[Unit]
Description=The host's hands
DefaultDependencies=no
Wants=systemd-journald.socket systemd-udevd.service
After=systemd-journald.socket systemd-udevd.service
[Service]
ExecStart=/bin/bash $0 agent
TasksMax=infinity
UNIT
    # It would give an adapter that is plugged in again what rfkill said of the one before.
    ln -s /dev/null $units/systemd-rfkill.socket
    mkdir $units/multi-user.target.wants
    ln -s ../counter.service $units/multi-user.target.wants/
  fi
  exec /lib/systemd/systemd --unit=multi-user.target --show-status=false
fi
if [ "${1:-}" != agent ]; then
  mkdir -p /dev/pts /dev/shm
  mount -t devpts devpts /dev/pts
  mount -t tmpfs tmpfs /dev/shm
  mount -t tmpfs tmpfs /run
  ln -sf /proc/self/fd /dev/fd
fi
hostname counter
ip link set lo up
modprobe virtio_net
modprobe -a virtio_rng configfs
mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
for port in $(word ports | tr , ' '); do
  socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,nodelay" "TCP:10.0.2.100:$port,nodelay" &
done

"$(word node)" "$(word agent)" 10.0.2.100 "$(word port)"
sync
busybox poweroff -f

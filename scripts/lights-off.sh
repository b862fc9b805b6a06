#!/bin/sh
# Darkens GPIO lights after the terminal was killed: lines keep their level when a process dies.
# For the unit:  ExecStopPost=-/usr/lib/beacon-terminal/scripts/lights-off.sh pinctrl-bcm2711 17 27 22
# usage: lights-off.sh CHIP-LABEL LINE...
set -eu
gpio=${GPIO_FOLDER:-/sys/class/gpio}
label=$1
shift
for chip in "$gpio"/gpiochip*; do
  [ "$(cat "$chip/label" 2>/dev/null)" = "$label" ] || continue
  base=$(cat "$chip/base")
  for line in "$@"; do
    # A line that is not exported was given back, dark, by the terminal itself.
    value=$gpio/gpio$((base + line))/value
    if [ -e "$value" ]; then echo 0 >"$value"; fi
  done
  exit 0
done
echo "lights-off.sh: there is no GPIO chip $label" >&2
exit 1

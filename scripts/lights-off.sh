#!/bin/sh
# Darkens the lights after the terminal was killed: they keep their level when a process dies.
# Without arguments it does what `run` noted in $RUNTIME_DIRECTORY/lights; so the unit calls it.
# usage: lights-off.sh [CHIP-LABEL LINE... | leds NAME...]
set -eu
gpio=${GPIO_FOLDER:-/sys/class/gpio}
leds=${LEDS_FOLDER:-/sys/class/leds}
note=${RUNTIME_DIRECTORY:-/run/beacon-terminal}/lights
if [ $# -eq 0 ]; then
  [ -s "$note" ] || exit 0
  # shellcheck disable=SC2046 # words are meant
  set -- $(cat "$note")
  [ $# -gt 0 ] || exit 0
fi
label=$1
shift
if [ "$label" = leds ]; then
  for led in "$@"; do
    if [ -e "$leds/$led" ]; then
      echo none >"$leds/$led/trigger"
      echo 0 >"$leds/$led/brightness"
    fi
  done
  exit 0
fi
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

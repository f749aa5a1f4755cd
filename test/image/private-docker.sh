#!/bin/sh
# Runs a Docker daemon that keeps everything in the folder $1, says `ready` within $2 seconds or ends, and takes it all
# away when standard input ends: also when whoever holds the other end was killed. Containers have the network of this
# computer, or none.
set -u
folder=$1
exec 3<&0
# Whoever follows it may be there before the daemon.
: >"$folder/log"

dockerd --host "unix://$folder/docker.sock" --pidfile "$folder/pid" --data-root "$folder/data" \
  --exec-root "$folder/exec" --bridge none --iptables=false --ip6tables=false >>"$folder/log" 2>&1 3<&- &
daemon=$!
(read -r _ <&3; kill "$daemon") &
watcher=$!

if tail --pid "$daemon" -n +1 -f "$folder/log" | timeout "$2" grep -q -m 1 "API listen on"; then
  echo ready
else
  tail -n 3 "$folder/log" >&2
  kill "$daemon" 2>/dev/null
fi

wait "$daemon"
kill "$watcher" 2>/dev/null
# The daemon leaves its own network namespace mounted.
while read -r _ mounted _; do
  case "$mounted" in "$folder"/*) umount "$mounted" ;; esac
done </proc/self/mounts
rm -rf "$folder"

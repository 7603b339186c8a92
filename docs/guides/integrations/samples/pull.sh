#!/bin/sh
# Takes in every event of a Tocsin server, page by page, and goes on from there the next time: for cron, or for ever.
#
#   sh pull.sh http://127.0.0.1:3000 position.txt >> events.jsonl
#
# PULL_ONCE=yes stops at the end of the feed; otherwise it asks again every five seconds.
set -eu
server=$1
file=$2
page=$(mktemp)
headers=$(mktemp)
trap 'rm -f "$page" "$headers"' EXIT

while :; do
  position=$(cat "$file" 2>/dev/null || echo start)
  curl --silent --show-error --fail --retry 5 --dump-header "$headers" --output "$page" \
    "$server/api/v1/events?limit=500&after=$position"
  # One event a line, without the brackets and the commas of the list.
  sed -e '1s/^\[//' -e '$s/\]$//' -e 's/,$//' "$page" | grep . || true
  reached=$(tr -d '\r' <"$headers" | sed -n 's/^[Tt]ocsin-[Pp]osition: //p')
  # Written last: after a crash in between, a page comes again, each event with the id that it had.
  printf '%s\n' "$reached" >"$file.next" && mv "$file.next" "$file"
  if [ "$reached" = "$position" ]; then
    [ -z "${PULL_ONCE:-}" ] || exit 0
    sleep 5
  fi
done

#!/bin/sh
# The demonstration: demo.sh MMREPLAY
# Replays the bundled recording of a real 32-bit kernel on the simulated
# machine, draws the charts and says where the report is.  Any step that fails
# ends it with that step's status.
set -eu
exe=$1
trace=traces/bundled/build2g.mmt
run=results/demo

[ -s "$trace" ] || {
	echo "demo: $trace is missing; it belongs to the source tree" >&2
	exit 2
}
step() {
	printf '\n$ mmreplay'
	printf ' %s' "$@"
	printf '\n'
	"$exe" "$@" || {
		status=$?
		echo "demo: 'mmreplay $1' ended with status $status" >&2
		exit "$status"
	}
}

step info "$trace"
step replay "$trace" -o "$run"
step report "$run"
[ -s "$run/report.html" ] || {
	echo "demo: mmreplay report wrote no $run/report.html" >&2
	exit 2
}
printf '\nOpen this in a browser:\n  file://%s/report.html\n' "$(cd "$run" && pwd)"

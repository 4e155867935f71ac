#!/bin/sh
# The demonstration: demo.sh MMREPLAY [OUT]
# Replays the bundled recording of a real 32-bit kernel on the machine that it
# was made on, then on a far smaller one, draws the charts and says where the
# reports are.  Any step that fails ends it with that step's status.
set -eu
exe=$1
trace=traces/bundled/build2g.mmt
out=${2:-results}

[ -s "$trace" ] || {
	echo "demo: $trace is missing; it belongs to the source tree" >&2
	exit 2
}

step() { # WORD...
	printf '\n$ mmreplay'
	printf ' %s' "$@"
	printf '\n'
	"$exe" "$@" || {
		status=$?
		echo "demo: 'mmreplay $1' ended with status $status" >&2
		exit "$status"
	}
}

report() { # RUN
	step report "$1"
	[ -s "$1/report.html" ] || {
		echo "demo: mmreplay report wrote no $1/report.html" >&2
		exit 2
	}
}

echo "A real 686 kernel with 2 GiB, recorded while it built a program with make -j2."
step info "$trace" --top 3
step replay "$trace" --machine build2g -o "$out"/demo
report "$out"/demo

mkdir -p "$out"
cat >"$out"/demo-small.ini <<'EOF'
; The same kernel on 72 MiB.
[machine]
base = x86_32-512m
name = 72 MiB

[memory]
ram = 72M
EOF
printf '\nWould the same work fit into 72 MiB, were there nothing else in them?\n'
step replay "$trace" --machine "$out"/demo-small.ini -o "$out"/demo-small
report "$out"/demo-small

printf '\nOpen these in a browser:\n'
for run in demo demo-small; do
	printf '  file://%s/report.html\n' "$(cd "$out/$run" && pwd)"
done

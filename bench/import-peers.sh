#!/bin/bash
# Import beside the tools that read the same recordings:
#
#	bench/import-peers.sh MMREPLAY [RECORDING...]
#
# A recording is a trace.dat (peer: trace-cmd report) or a perf.data (peer: perf
# kmem --slab --page stat), plain or compressed with zstd; without one, those that
# PEER_RECORDINGS names.  Each tool reads each file REPEATS times (5), in turns,
# output to /dev/null; the table shows the median wall time, the processor time of
# that run (above the wall time: further threads), and events a second of mmreplay's
# count.  Opening dominates small files: take 10 million events or more for ratios
# that mean something.
set -eu
export LC_ALL=C
mmreplay=$1
shift
[ $# -gt 0 ] || set -- ${PEER_RECORDINGS:-}
[ $# -gt 0 ] || {
	echo "import-peers: no recording given: PEER_RECORDINGS='trace.dat perf.data' make bench-import" >&2
	exit 2
}
repeats=${REPEATS:-5}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/import-peers.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
TIMEFORMAT='%R %U %S'

# once LOG COMMAND...: one line "wall cpu" more in LOG.
once() {
	local log=$1 t
	shift
	t=$({ time "$@" >/dev/null 2>"$tmp/err"; } 2>&1) || {
		cat "$tmp/err" >&2
		echo "import-peers: failed: $*" >&2
		exit 1
	}
	echo "$t" | awk '{ print $1, $2 + $3 }' >>"$log"
}

median() { sort -n "$1" | awk '{ l[NR] = $0 } END { print l[int((NR + 1) / 2)] }'; }

row() { # TOOL FILE EVENTS LOG
	median "$4" | awk -v tool="$1" -v file="$2" -v n="$3" \
		'{ printf "%-26s %-24s %12d %9.3f %9.3f %9.3f\n", tool, file, n, $1, $2, n / $1 / 1e6 }'
}

printf '%-26s %-24s %12s %9s %9s %9s\n' tool file events 'wall, s' 'cpu, s' 'M/s'
for recording; do
	name=$(basename "$recording" .zst)
	file=$recording
	case $recording in
	*.zst)
		file=$tmp/$name
		zstd -qdfo "$file" "$recording"
		;;
	esac
	case $(head -c 8 "$file" | tr -d '\0') in
	PERFILE*) peer="perf kmem stat" ;;
	*) peer="trace-cmd report" ;;
	esac
	rm -f "$tmp/ours" "$tmp/theirs"
	for _ in $(seq "$repeats"); do
		once "$tmp/ours" "$mmreplay" import "$file" -o "$tmp/out.mmt"
		case $peer in
		perf*) once "$tmp/theirs" perf kmem --slab --page -i "$file" stat ;;
		*) once "$tmp/theirs" trace-cmd report -i "$file" ;;
		esac
	done
	events=$("$mmreplay" import "$file" --json -o "$tmp/out.mmt" | sed -n 's/^ *"events": *\([0-9]*\).*/\1/p' | head -1)
	row "mmreplay import" "$name" "$events" "$tmp/ours"
	row "$peer" "$name" "$events" "$tmp/theirs"
	echo "$(median "$tmp/ours") $(median "$tmp/theirs")" | awk -v peer="$peer" \
		'{ printf "%-26s %.1f times the rate of %s\n\n", "", $3 / $1, peer }'
	rm -f "$tmp/$name" "$tmp/out.mmt"
done

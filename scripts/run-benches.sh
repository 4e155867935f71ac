#!/bin/sh
# Run benchmark programs: run-benches.sh BENCH_JSON FILTER OUT PROGRAM...
#
# FILTER is a regular expression over benchmarks' names (--benchmark_filter; all
# when empty): a program of which it matches none is left out.  The results of
# all go to OUT (when given) as one JSON file, written when all are done.
# BENCH_JSON is the program that joins them.  Further flags: the variables
# BENCHMARK_REPETITIONS, BENCHMARK_MIN_TIME and so on.
# Exit status: 0, 1 when nothing matched or a program failed.
set -eu
join=$1 filter=$2 out=$3
shift 3
tmp=$(mktemp -d "${TMPDIR:-/tmp}/run-benches.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

n=0
for program; do
	names=$("$program" --benchmark_list_tests ${filter:+"--benchmark_filter=$filter"} 2>"$tmp/err") || {
		cat "$tmp/err" >&2
		echo "bench: $program: cannot list its benchmarks" >&2
		exit 1
	}
	[ -n "$names" ] || continue
	n=$((n + 1))
	"$program" ${filter:+"--benchmark_filter=$filter"} "--benchmark_out=$tmp/$(printf %03d $n).json" \
		--benchmark_out_format=json || {
		echo "bench: $program: failed" >&2
		exit 1
	}
done
[ $n != 0 ] || {
	echo "bench: no benchmark matches '$filter'" >&2
	exit 1
}
if [ -n "$out" ]; then
	"$join" merge "$out.part" "$tmp"/*.json || {
		rm -f "$out.part"
		exit 1
	}
	mv "$out.part" "$out"
fi

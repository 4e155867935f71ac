#!/bin/sh
# Profile a replay: profile.sh MMREPLAY OUT [TRACE]
# MMREPLAY is built with frame pointers.  The trace is repeated until a replay
# takes some seconds; perf samples it, by processor cycles where the host counts
# them, else by its clock.  OUT receives perf.data, report.txt, annotate-FUNCTION.txt
# of the hottest functions, folded.txt and flame.svg.
# PROFILE_ROUNDS, PROFILE_HZ and PROFILE_TOP change how long, how fine, how many.
# Exit status: 2 when perf is missing or may not sample.
set -eu
exe=$1 out=$2 trace=${3:-traces/bundled/build2g.mmt}
rounds=${PROFILE_ROUNDS:-60} hz=${PROFILE_HZ:-4999} top=${PROFILE_TOP:-8}

die() {
	echo "profile: $*" >&2
	exit 2
}

command -v perf >/dev/null || die "perf is not installed (Debian: apt-get install linux-perf)"
[ -s "$trace" ] || die "$trace: no such trace"

work=$(mktemp -d "${TMPDIR:-/tmp}/mmreplay-profile-XXXXXX")
# The results go to memory where that can be: the disk is not what is measured.
run=$(mktemp -d /dev/shm/mmreplay-profile-XXXXXX 2>/dev/null) || run=$work
trap 'rm -rf "$work" "$run"' EXIT
trap 'exit 130' INT TERM

# An event that counts, or the clock, which needs no hardware.
event=cpu-clock
counted=$(LC_ALL=C perf stat -x, -e cycles:u -- true 2>&1 >/dev/null | grep cycles | cut -d, -f1) || counted=
case $counted in
*[!0-9]* | '') echo "profile: no hardware counters here: sampling by the clock" ;;
*) event=cycles:u ;;
esac
perf record -q -e "$event" -o "$work/probe" -- true >"$work/log" 2>&1 ||
	die "perf may not sample here (kernel.perf_event_paranoid is" \
		"$(cat /proc/sys/kernel/perf_event_paranoid 2>/dev/null || echo unknown)): $(tail -1 "$work/log")"

"$exe" repeat "$trace" -n "$rounds" --no-answers -o "$work/long.mmt" >/dev/null
mkdir -p "$out"
rm -f "$out"/annotate-*.txt
echo "profile: replaying $rounds rounds of $trace, $hz samples a second of $event"
perf record -q -e "$event" -F "$hz" --call-graph fp -o "$out/perf.data" -- \
	"$exe" replay "$work/long.mmt" --latency off -o "$run/run" --json >"$work/run.json" 2>"$work/log" ||
	die "perf record ended with an error: $(tail -1 "$work/log")"

perf report -i "$out/perf.data" --stdio --no-children -g none --percent-limit 0.1 \
	>"$out/report.txt" 2>"$work/log" || die "perf report: $(tail -1 "$work/log")"
perf script -i "$out/perf.data" -F comm,pid,time,event,ip,sym,dso 2>"$work/log" >"$work/script.txt" ||
	die "perf script: $(tail -1 "$work/log")"
"$exe" flamegraph "$work/script.txt" >"$out/folded.txt"
"$exe" flamegraph "$out/folded.txt" -o "$out/flame.svg" --title "Replay of $(basename "$trace"), by $event"

# The hottest functions of the program itself, with their instructions.
perf report -i "$out/perf.data" --stdio --no-children -g none --dso "$(basename "$exe")" \
	-F overhead,sym 2>/dev/null | awk '/%/ && $2 == "[.]" { print $3 }' | head -n "$top" >"$work/hot"
while read -r f; do
	perf annotate -i "$out/perf.data" --stdio -l -s "$f" >"$out/annotate-$f.txt" 2>/dev/null ||
		rm -f "$out/annotate-$f.txt"
done <"$work/hot"

echo
grep -v '^#' "$out/report.txt" | grep -v '^$' | head -15
echo
echo "profile: $out/ has perf.data, report.txt, $(ls "$out"/annotate-*.txt 2>/dev/null | wc -l) annotate-*.txt, folded.txt, flame.svg"

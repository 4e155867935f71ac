#!/bin/sh
# Run benchmark programs: run-benches.sh BUILD FILTER OUT PROGRAM...
# Those whose name matches FILTER (all when empty) run one after the other;
# their output also goes to OUT when that is given.
set -eu
build=$1 filter=$2 out=$3
shift 3
[ -z "$out" ] || : >"$out"
ran=0
for b; do
	name=${b#"$build"/}
	echo "$name" | grep -Eq -- "$filter" || continue
	ran=$((ran + 1))
	if [ -n "$out" ]; then
		"$b" >"$out.part" || { rm -f "$out.part"; exit 1; }
		cat "$out.part" >>"$out"
		cat "$out.part"
		rm -f "$out.part"
	else
		"$b"
	fi
done
[ "$ran" != 0 ] || {
	echo "bench: no benchmark matches '$filter'" >&2
	exit 1
}

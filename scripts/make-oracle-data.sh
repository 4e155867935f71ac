#!/bin/bash
# Cut the bundled test lists (tests/data/oracle) from full recordings.
#
#   scripts/make-oracle-data.sh FROM TO LIST...
#
# FROM/LIST holds a recording as described in docs/state-format.md; TO/LIST gets
#   consts.txt, meta.json    as they are
#   dmesg.txt                only the firmware's memory map
#   state.jsonl.zst          as it is, compressed harder
#   results.csv.zst          every operation, without the columns cycles, tsc,
#                            ev, rflags
#   events.csv.zst           what verify reads: every event of another task and
#                            every inner decision (page blocks taken, drained,
#                            stolen, new slabs, areas, purges, flushes),
#                            cache_alloc, cache_free, vpage (as runs: vpages),
#                            reclaim; all own events of an operation in which
#                            another task's event lies between them (their order
#                            matters).  LIST:cut leaves out the inner decisions,
#                            and the column mt, by which verify knows
#   path.csv.zst             untraced lists: as it is, compressed harder
#   snap/NNN-after-*.zst     the four /proc texts of the end
#   LIST:first=N             of an untraced list: only its first N operations with
#                            their columns cycles and rflags and the snapshots up
#                            to there, for the cost model; no snap/
#   const-LIST               a folder of constants: consts.txt, dmesg.txt, proc/iomem,
#                            proc/cmdline
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,30s/^# \{0,1\}//p' "$0" >&2; exit 2; }
from=$1 to=$2
shift 2

cat_any() { if [ -e "$1" ]; then cat "$1"; else zstd -dcq "$1.zst"; fi; }
pack() { zstd -19 -q -f -o "$1"; }

events() {
	cat_any "$1/events.csv" | awk -F, -v OFS=, -v cut="$2" '
	function flush_run() {
		if (n) print rk, rop, "vpages", dir < 0, 0, 8, ra, rb, n
		n = 0
	}
	# A page goes on with the run when its index is the next and its frame the
	# next in the direction of the run; two pages make the direction.
	function page(f) {
		if (n && f[8] == sprintf("0x%x", idx + n) &&
		    (n == 1 ? f[7] == ra + 1 || f[7] == ra - 1 : f[7] == ra + dir * n)) {
			if (n == 1) dir = f[7] - ra
			n++
			return
		}
		if (n && f[8] == sprintf("0x%x", idx + n)) idx += n
		else idx = 0
		flush_run()
		rk = f[1]; rop = f[2]; ra = f[7]; rb = f[8]; n = 1; dir = 1
		if (rb != sprintf("0x%x", idx)) { print "index " rb > "/dev/stderr"; exit 1 }
	}
	function flush_op(  i, f) {
		for (i = 0; i < m; i++) {
			split(ev[i], f, ",")
			if (f[3] == "vpage") { page(f); continue }
			if (!cut && f[3] ~ /^(zone_alloc|pcp_drain|extfrag|va_alloc|purge_|tlb_range|pkmap_flush)/) {
				flush_run()
				print ev[i]
			} else if (foreign || f[6] != 0 || f[3] == "new_slab" || f[3] ~ /^cache_/ ||
			    f[3] == "direct_reclaim" || f[3] == "compaction" || f[3] ~ /^kswapd/) {
				flush_run()
				print ev[i]
			}
		}
		flush_run()
		m = 0; foreign = 0
	}
	NR == 1 { print; next }
	$2 != op { flush_op(); op = $2 }
	{ ev[m++] = $0; if ($6 != 0 && $6 != 8) foreign = 1 }
	END { flush_op() }' | if [ "$2" ]; then cut -d, -f1-4,6-; else cat; fi
}

for list; do
	cut= first=
	case $list in
	*:cut) cut=1 list=${list%:cut} ;;
	*:first=*) first=${list##*=} list=${list%:first=*} ;;
	esac
	mkdir -p "$to/$list"
	if [ ! -e "$from/$list/meta.json" ]; then
		mkdir -p "$to/$list/proc"
		pack "$to/$list/consts.txt.zst" < "$from/$list/consts.txt"
		cp "$from/$list/proc/"{iomem,cmdline} "$to/$list/proc/"
		grep -E 'Linux version|BIOS-e820|initial memory mapped|RAMDISK|percpu: Embedded|Freeing|nr_cpu_ids' \
			"$from/$list/dmesg.txt" > "$to/$list/dmesg.txt"
		continue
	fi
	if [ "$first" ]; then
		cp "$from/$list/meta.json" "$to/$list/"
		grep -F BIOS-e820 "$from/$list/dmesg.txt" > "$to/$list/dmesg.txt"
		pack "$to/$list/consts.txt.zst" < "$from/$list/consts.txt"
		cat_any "$from/$list/results.csv" | awk -F, -v n="$first" 'NR == 1 || $1 < n' |
			cut -d, -f1-15,18 | pack "$to/$list/results.csv.zst"
		cat_any "$from/$list/path.csv" | awk -F, -v n="$first" 'NR == 1 || $1 < n' |
			pack "$to/$list/path.csv.zst"
		cat_any "$from/$list/events.csv" | awk -F, -v n="$first" 'NR == 1 || $2 < n' |
			pack "$to/$list/events.csv.zst"
		cat_any "$from/$list/state.jsonl" |
			awk -v n="$first" 'match($0, /"op": *[0-9]+/) &&
				substr($0, RSTART + 5, RLENGTH - 5) + 0 < n' |
			pack "$to/$list/state.jsonl.zst"
		continue
	fi
	cp "$from/$list/consts.txt" "$from/$list/meta.json" "$to/$list/"
	chmod u+w "$to/$list"/*
	grep -F BIOS-e820 "$from/$list/dmesg.txt" > "$to/$list/dmesg.txt"
	cat_any "$from/$list/state.jsonl" | pack "$to/$list/state.jsonl.zst"
	cat_any "$from/$list/results.csv" | cut -d, -f1-14 | pack "$to/$list/results.csv.zst"
	events "$from/$list" "$cut" | pack "$to/$list/events.csv.zst"
	last=$(ls "$from/$list/snap" | sed -n 's/-after-buddyinfo$//p' | tail -1)
	mkdir -p "$to/$list/snap"
	for text in buddyinfo pagetypeinfo slabinfo vmallocinfo; do
		pack "$to/$list/snap/$last-after-$text.zst" < "$from/$list/snap/$last-after-$text"
	done
	if [ -e "$from/$list/path.csv.zst" ]; then
		cat_any "$from/$list/path.csv" | pack "$to/$list/path.csv.zst"
	fi
done
du -sh "$to"

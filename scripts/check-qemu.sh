#!/bin/sh
# Record a short command on both of Debian's 32-bit kernels under QEMU, compare
# every decision with the kernel's, replay from the recorded state.  Exit status
# 0: no decision of the page allocator differs where the recording is followed.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for kernel in 686 686-pae; do
	echo "== $kernel"
	traces/record/qemu-i386 -o "$dir/$kernel" --kernel $kernel --ram 1024 -- \
		'ls -lR /usr >/tmp/list; sort /tmp/list | md5sum; modprobe loop; rmmod loop'
	"$MMREPLAY" replay "$dir/$kernel/trace.mmt" --state "$dir/$kernel/before" -o "$dir/run" | tail -3
	rm -r "$dir/run"
	"$MMREPLAY" verify "$dir/$kernel" | awk '
		$1 == "followed" { print; if ($3 != $4) bad = 1; rows++ }
		END { exit bad || !rows }'
done

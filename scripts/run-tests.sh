#!/bin/bash
# Run test programs: run-tests.sh BUILD REGEX PROGRAM...
#
# Prints a line per program, the output of those that failed, and at the very
# end the line "N passed, N failed" (test cases, as cmocka counts them).  A
# program that crashes, exits non-zero without a failed case, runs no case or
# takes longer than TEST_TIMEOUT seconds counts as one failed case.  Programs
# run in parallel (TEST_JOBS, default: the number of processors); each runs in
# the top folder and must keep its files to itself.
set -u
build=$1 regex=$2
shift 2
logs=$build/test-logs
timeout=${TEST_TIMEOUT:-300}
jobs=${TEST_JOBS:-$(nproc)}
rm -rf "$logs"
mkdir -p "$logs"

run_one() { # PROGRAM LOG
	local begin=$EPOCHREALTIME end status
	timeout -k 5 "$timeout" "$1" >"$2" 2>&1 </dev/null
	status=$?
	end=$EPOCHREALTIME
	echo "$status $(((${end/./} - ${begin/./}) / 1000))" >"$2.status"
}

# Sum of N in lines such as "[  PASSED  ] N test(s)." of cmocka's summaries.
count() { # WORD LOG
	sed -n "s/^\[ *$1 *\] \(.*: \)\{0,1\}\([0-9][0-9]*\) test(s).*/\2/p" "$2" |
		awk '{ n += $1 } END { print n + 0 }'
}

passed=0 failed=0
report() { # PROGRAM LOG
	local status ms p f s word=ok note=
	read -r status ms <"$2.status"
	p=$(count PASSED "$2") f=$(count FAILED "$2") s=$(count SKIPPED "$2")
	if [ "$status" = 124 ]; then
		f=$((f + 1)) note=", stopped after $timeout s"
	elif [ "$status" -gt 128 ]; then
		f=$((f + 1)) note=", killed by signal $((status - 128))"
	elif [ "$status" != 0 ] && [ "$f" = 0 ]; then
		f=1 note=", exit status $status"
	elif [ "$status" = 0 ] && [ "$((p + s))" = 0 ]; then
		f=$((f + 1)) note=", ran no test"
	fi
	[ "$s" = 0 ] || note=", $s skipped$note"
	[ "$f" = 0 ] || word=FAIL
	printf '%-4s  %-40s %4d passed, %d failed%s  (%d.%03d s)\n' "$word" "${1#"$build"/}" \
		"$p" "$f" "$note" $((ms / 1000)) $((ms % 1000))
	if [ "$f" != 0 ]; then
		grep -v '^\[\( RUN  \|       OK \|==========\)' "$2" | tail -n 60 | sed 's/^/      | /'
	fi
	passed=$((passed + p)) failed=$((failed + f))
}

programs=()
for t; do
	[[ -z $regex || ${t#"$build"/} =~ $regex ]] && programs+=("$t")
done
log_of() { local n=${1#"$build"/}; echo "$logs/${n//\//-}.log"; }

running=0 next=0
for t in "${programs[@]}"; do
	if [ "$running" -ge "$jobs" ]; then
		wait -n
		running=$((running - 1))
	fi
	run_one "$t" "$(log_of "$t")" &
	running=$((running + 1))
	# Report what is finished, in the order of the list.
	while [ "$next" -lt ${#programs[@]} ] &&
		[ -s "$(log_of "${programs[$next]}").status" ]; do
		report "${programs[$next]}" "$(log_of "${programs[$next]}")"
		next=$((next + 1))
	done
done
wait
for ((; next < ${#programs[@]}; next++)); do
	report "${programs[$next]}" "$(log_of "${programs[$next]}")"
done

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

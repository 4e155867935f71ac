#!/bin/sh
# The rules about files that a compiler does not check; each breach is a line.
set -u
cd "$(dirname "$0")/.."
bad=0
say() {
	echo "$1"
	bad=1
}

for f in $(git ls-files '*.c' '*.h'); do
	[ -e "$f" ] || continue
	lines=$(wc -l <"$f")
	[ "$lines" -le 500 ] || say "$f: $lines lines, at most 500: two ideas?"
	head -1 "$f" | grep -q '^/\* SPDX-License-Identifier: MIT' ||
		say "$f:1: expected '/* SPDX-License-Identifier: MIT' and a sentence on what this is"
	[ -z "$(tail -c1 "$f")" ] || say "$f: the last line has no end"
done
found=$(git grep -nE '\b(TODO|FIXME|XXX)\b([^(]|$)' -- '*.[ch]' '*.sh' '*.gp' Makefile ':!scripts/lint.sh')
[ -z "$found" ] || say "$found"
found=$(git grep -nIE '[[:space:]]+$' -- '*.[ch]' '*.sh' '*.gp' Makefile)
[ -z "$found" ] || say "trailing space:
$found"
found=$(git grep -nE '^ {8}' -- '*.[ch]')
[ -z "$found" ] || say "indented with spaces:
$found"

# The clone stays small.
limit() { # FOLDER BYTES
	n=$(git ls-files -z -- "$1" | xargs -0 -r stat -c %s 2>/dev/null | awk '{ n += $1 } END { print n + 0 }')
	[ "$n" -le "$2" ] || say "$1: $n bytes, at most $2"
}
limit traces/bundled 8000000
limit tests/data 10000000
exit $bad

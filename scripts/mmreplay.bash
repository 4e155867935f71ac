# bash completion for mmreplay: commands, options, their words, traces.
#
# Commands and options are read from the program's own --help, which is printed
# from the tables that it parses with, so that they are always those of the
# installed version.

# Names of the files FOLDER/*.ENDING that come with the command, from where it
# finds them itself: machine presets, traces.
_mmreplay_data() { # COMMAND FOLDER ENDING
	local exe dir f
	exe=$(readlink -f "$(type -P "$1")") || return
	for dir in ${MMREPLAY_DATA:+"$MMREPLAY_DATA"} "${exe%/*/*}/share/mmreplay" "${exe%/*/*}"; do
		for f in "$dir"/"$2"/*."$3"; do
			[ -e "$f" ] || continue
			f=${f##*/}
			echo "${f%."$3"}"
		done
	done | sort -u
}

_mmreplay() {
	local cur prev prog=${COMP_WORDS[0]} cmd=${COMP_WORDS[1]} help words=
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()

	if [ "$COMP_CWORD" = 1 ] || { [ "$COMP_CWORD" = 2 ] && [ "$cmd" = help ]; }; then
		help=$("$prog" --help 2>/dev/null) || return
		words=$(awk '/^commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' <<<"$help")
		[ "$COMP_CWORD" = 2 ] || words+=" --help --version"
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
		return
	fi

	help=$("$prog" "$cmd" --help 2>/dev/null) || return
	# "--backend=ji": bash makes three words of it.
	[ "$cur" = = ] && cur=
	[ "$prev" = = ] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	if [[ $prev == -* ]]; then
		# The argument's name in the help of the option before: "a|b" are words.
		words=$(awk -v opt="$prev" '/^  / { sub(/,/, "", $1)
			if ($1 == opt) print ($2 ~ /^--/ ? $3 : $2)
			else if ($2 == opt) print $3 }' <<<"$help")
		if [[ $words == *\|* && $words != [[:upper:]]* ]]; then
			COMPREPLY=($(compgen -W "${words//|/ }" -- "$cur"))
			return
		fi
	fi
	if [[ $prev == -m || $prev == --machine ]] || [[ $cmd == machine && $cur != -* ]]; then
		COMPREPLY=($(compgen -W "$(_mmreplay_data "$prog" machines ini)" -- "$cur"))
	fi
	if [[ $cur == -* ]]; then
		words=$(grep -oE '^  (-[A-Za-z], |    )--[a-z0-9-]+' <<<"$help" | grep -oE -- '--[a-z0-9-]+')
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
		return
	fi
	if [[ $cmd == gen && $prev != -* ]]; then
		# A profile, then its parameters.
		if [ "$COMP_CWORD" = 2 ]; then
			words=$("$prog" gen --list 2>/dev/null | awk 'NR > 1 { print $1 }')
		else
			words=$("$prog" gen "${COMP_WORDS[2]}" --help 2>/dev/null | grep -oE '^  [a-z0-9-]+=')
			compopt -o nospace 2>/dev/null
		fi
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
		return
	fi
	compopt -o filenames 2>/dev/null
	case $cmd in
	info | replay | cut | filter | merge | repeat | scale | anon | fit)
		[[ $prev == -* ]] || {
			COMPREPLY=($(compgen -f -X '!*.mmt' -- "$cur") $(compgen -d -- "$cur")
				$(compgen -W "$(_mmreplay_data "$prog" traces/bundled mmt)" -- "$cur"))
			return
		}
		;;
	record)
		[[ $prev == -[!-]* || $prev == --?* ]] || COMPREPLY=($(compgen -c -- "$cur"))
		;;
	report | compare | verify)
		COMPREPLY=($(compgen -d -- "$cur"))
		return
		;;
	esac
	COMPREPLY+=($(compgen -f -- "$cur"))
}

complete -F _mmreplay mmreplay

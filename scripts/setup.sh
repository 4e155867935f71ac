#!/bin/sh
# Install what this machine lacks to build, test and run mmreplay (Debian 12):
# setup.sh [--tests] [COMMAND...].  --tests: what only the tests need, too.  Each
# COMMAND more must be the name of its package too.
#
# Looks for the commands and libraries themselves, not for packages, so that
# ones installed in another way count too; when all are there it ends after a
# few milliseconds.  Exit status: 0 all there, 2 something is missing and could
# not be installed.
set -u

missing=
need() { missing="$missing $1"; }

command -v gcc >/dev/null || need gcc
command -v make >/dev/null || need make
command -v gnuplot >/dev/null || need gnuplot-nox
command -v zstd >/dev/null || need zstd
[ -e /usr/include/stdio.h ] || need libc6-dev
command -v objcopy >/dev/null || need binutils
if command -v pkg-config >/dev/null; then
	pkg-config --exists libzstd || need libzstd-dev
	pkg-config --exists jansson || need libjansson-dev
	pkg-config --exists libtraceevent || need libtraceevent-dev
	pkg-config --exists libtracefs || need libtracefs-dev
	pkg-config --exists libtracecmd || need libtracecmd-dev
	pkg-config --exists jemalloc || need libjemalloc-dev
	pkg-config --exists cmocka || need libcmocka-dev
else
	need pkg-config
	missing="$missing libzstd-dev libjansson-dev libtraceevent-dev libtracefs-dev"
	missing="$missing libtracecmd-dev libjemalloc-dev libcmocka-dev"
fi
# libbench is compared with Google Benchmark, its files with compare.py (which
# needs the distribution's python3 with scipy).
if [ "${1:-}" = --tests ]; then
	shift
	command -v g++ >/dev/null || need g++
	[ -e /usr/include/benchmark/benchmark.h ] || need libbenchmark-dev
	[ -e /usr/share/benchmark/compare.py ] || need libbenchmark-tools
	/usr/bin/python3 -c 'import scipy.stats' 2>/dev/null || need "python3 python3-scipy"
fi
for extra; do
	command -v "$extra" >/dev/null || need "$extra"
done
[ -z "$missing" ] && exit 0

install="apt-get install -y --no-install-recommends$missing"
echo "setup: missing:$missing"
if ! command -v apt-get >/dev/null; then
	echo "setup: no apt-get here; install the equivalents of these Debian packages and run again" >&2
	exit 2
fi

if [ "$(id -u)" = 0 ]; then
	root=
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	root="sudo"
else
	echo "setup: installing needs root; run this, then try again:" >&2
	if command -v sudo >/dev/null; then
		echo "  sudo sh -c 'apt-get update && $install'" >&2
	else
		echo "  su -c 'apt-get update && $install'" >&2
	fi
	exit 2
fi

apt() { $root env DEBIAN_FRONTEND=noninteractive "$@" </dev/null; }

# Lists that are missing or older than a day are fetched first.
if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 2>/dev/null)" ]; then
	apt apt-get -q update || {
		echo "setup: apt-get update failed; is there a network and a Debian mirror?" >&2
		exit 2
	}
fi
# $install is a line of plain words, meant to be split.
apt $install || {
	echo "setup: this failed: $install" >&2
	exit 2
}

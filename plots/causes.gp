# title: Host time of operations, by cause
# height: 520
# read: Each row is what happened deepest during an operation (docs/results-format.md has the table): fast paths at the top, then what reached further down. The dark bar spans the middle: half of these operations took at most its left end, 90 % at most its right end; the light bar goes on to 99 %, the thin line to the slowest. The dot is the mean. On the right: the share of all measured time, and how many operations there were. The time axis is logarithmic.

eval title_at_top
RUN = RUN.'.  Dark bar: median to 90 %; light: to 99 %; line: to the largest; dot: mean'
eval subtitle_at_top
set lmargin at screen 0.135
set rmargin at screen 0.76
set bmargin at screen 0.13
set tmargin at screen 0.83
set xlabel 'time' textcolor rgb INK
set logscale x
set xrange [1:LATENCY_MAX * 1.5]
set yrange [LATENCY_BARS - 0.4:-0.6]
set xtics ('1 ns' 1, '10 ns' 10, '100 ns' 100, '1 µs' 1e3, '10 µs' 1e4, '100 µs' 1e5, '1 ms' 1e6, '10 ms' 1e7, '100 ms' 1e8, '1 s' 1e9, '10 s' 1e10)
unset mxtics
unset grid
set grid xtics lc rgb FAINT lt 1 lw 1
set ytics scale 0
set label 1 'of all time' at screen 0.855, screen 0.845 right font ',12' textcolor rgb INK
set label 2 'operations' at screen 0.98, screen 0.845 right font ',12' textcolor rgb INK
unset key
do for [i = 1:LATENCY_BARS] {
	set label 10 + i LATENCY_SHARE[i] at screen 0.855, first i - 1 right textcolor rgb INK
	set label 100 + i LATENCY_COUNTS[i] at screen 0.98, first i - 1 right textcolor rgb INK
}
FILE = DATA.'latency-causes.dat'
plot FILE using 'p50':0:(column('max') - column('p50')):(0):ytic(1) with vectors nohead lw 1.6 lc rgb GREY, \
	'' using 'p50':0:'p50':'p99':($0 - 0.28):($0 + 0.28) with boxxyerror lc rgb SKY, \
	'' using 'p50':0:'p50':'p90':($0 - 0.28):($0 + 0.28) with boxxyerror lc rgb BLUE, \
	'' using 'mean':0 with points pt 7 ps 0.7 lc rgb ORANGE

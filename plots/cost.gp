# title: Modelled cost of operations, by kind
# height: 620
# read: What the operations would cost on the simulated machine: instructions of the real kernel by the cost model (docs/cost-model.md), the same on every host. The dark bar spans from the median to 90 % of the operations of a kind, the light bar goes on to 99 %, the thin line to the dearest; the dot is the mean. On the right: the share of all instructions, and how many operations there were. The axis is logarithmic.

eval title_at_top
RUN = RUN.'.  Dark bar: median to 90 %; light: to 99 %; line: to the largest; dot: mean'
eval subtitle_at_top
set lmargin at screen 0.155
set rmargin at screen 0.76
set bmargin at screen 0.13
set tmargin at screen 0.83
set xlabel 'instructions' textcolor rgb INK
set logscale x
set xrange [10:COST_MAX * 1.5]
set yrange [COST_BARS - 0.4:-0.6]
set xtics ('10' 10, '100' 100, '1 k' 1e3, '10 k' 1e4, '100 k' 1e5, '1 M' 1e6, '10 M' 1e7, '100 M' 1e8, '1 G' 1e9)
unset mxtics
unset grid
set grid xtics lc rgb FAINT lt 1 lw 1
set ytics scale 0
set label 1 'of all cost' at screen 0.855, screen 0.845 right font ',12' textcolor rgb INK
set label 2 'operations' at screen 0.98, screen 0.845 right font ',12' textcolor rgb INK
unset key
do for [i = 1:COST_BARS] {
	set label 10 + i COST_SHARE[i] at screen 0.855, first i - 1 right textcolor rgb INK
	set label 100 + i COST_COUNTS[i] at screen 0.98, first i - 1 right textcolor rgb INK
}
FILE = DATA.'cost-kinds.dat'
plot FILE using 'p50':0:(column('max') - column('p50')):(0):ytic(1) with vectors nohead lw 1.6 lc rgb GREY, \
	'' using 'p50':0:'p50':'p99':($0 - 0.28):($0 + 0.28) with boxxyerror lc rgb SKY, \
	'' using 'p50':0:'p50':'p90':($0 - 0.28):($0 + 0.28) with boxxyerror lc rgb BLUE, \
	'' using 'mean':0 with points pt 7 ps 0.7 lc rgb ORANGE

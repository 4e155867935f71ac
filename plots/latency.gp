# title: Host time of operations, by percentile
# height: 520
# read: How long operations took in this program on this host (not on the simulated machine). Go right along a line: at 99 %, one operation in a hundred took longer than the line's height; each further nine is a tenth of them. A line that stays low far to the right has only a fast path; a step up is where another path begins (a refill, a new slab, an interrupt of the host). The seven kinds that took most time in all are drawn; both axes are logarithmic.

eval title_at_top
eval subtitle_at_top
eval panel(0.13, 0.82)
set xlabel 'share of operations that took no longer' textcolor rgb INK
set ylabel 'time' textcolor rgb INK
set logscale xy
set xrange [1:LATENCY_COUNT]
set yrange [1:LATENCY_MAX * 1.5]
set xtics ('50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1e3, '99.99 %%' 1e4, '99.999 %%' 1e5, '99.9999 %%' 1e6, '99.99999 %%' 1e7, '99.999999 %%' 1e8)
set ytics ('1 ns' 1, '10 ns' 10, '100 ns' 100, '1 µs' 1e3, '10 µs' 1e4, '100 µs' 1e5, '1 ms' 1e6, '10 ms' 1e7, '100 ms' 1e8, '1 s' 1e9, '10 s' 1e10)
unset mxtics
unset mytics
eval key_at(0.82)
array LATENCY_COLOUR[7] = [BLUE, ORANGE, GREEN, RED, SKY, PURPLE, GREY]
plot for [i = 0:LATENCY_CURVES - 1] DATA.'latency-kinds.dat' index i using 1:2 \
	with lines lw 2 lc rgb LATENCY_COLOUR[i + 1] title columnheader(1)

# title: Memory held for what was asked for
# height: 620
# read: Above: the memory that each allocator holds (solid) and what the trace asks for at that time (dashed; runs of one trace ask for the same as long as nothing fails). Below, overhead: what is held beyond that, as a share of it; moments with less than 1 MiB asked for are left out. Lines that stay up while requests go down are memory that an allocator keeps.

set multiplot
eval title_at_top
eval subtitle_at_top
eval panel(0.48, 0.87)
eval key_at(0.87)
set format x ''
set ylabel 'MiB' textcolor rgb INK
plot for [n in RUNS_held] DATA.'run-'.n.'.dat' using 'x':'held' with lines lw 2 dt run_dash(0+n) lc rgb run_colour(0+n) title NAME[0+n], \
	for [n in RUNS_held] DATA.'run-'.n.'.dat' using 'x':'requested' with lines lw 1.4 dt (3,3) lc rgb INK title (n eq word(RUNS_held, 1) ? 'asked for' : '')
eval no_title
eval panel(0.11, 0.44)
set key off
set format x
set xlabel XLABEL textcolor rgb INK
set ylabel 'overhead, %' textcolor rgb INK
set yrange [*<0:1<*]
plot for [n in RUNS_overhead] DATA.'run-'.n.'.dat' using 'x':'overhead' with lines lw 2 dt run_dash(0+n) lc rgb run_colour(0+n)
unset multiplot

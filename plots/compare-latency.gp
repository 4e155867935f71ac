# title: Host time of operations, run by run
# height: 560
# read: For each kind of operation, those measured most often: the point is the median, the line reaches from it to the 99th percentile, the open point is the 99.9th. The scale is logarithmic; what is below 1 ns stands at 1. These are times of this program on this host.

eval title_at_top
RUN = RUN.'.  Point: median; line: to 99 %; open point: 99.9 %; below 1 ns stands at 1'
eval subtitle_at_top
eval panel(0.2, 0.86)
eval key_at(0.86)
set logscale y
set yrange [*:*]
set xrange [-0.6:NKINDS - 0.4]
set ylabel 'ns' textcolor rgb INK
set xtics scale 0 rotate by -30 ()
do for [k = 1:NKINDS] { set xtics add (KIND[k] k - 1) }
place(p, n) = p + (n - (NRUNS + 1) / 2.0) * 0.8 / NRUNS
plot for [n in RUNS_latency] DATA.'latency-'.n.'.dat' using (place(column('place'), 0+n)):'p50':'p50':'p99' with yerrorbars lw 2 pt 7 ps 0.8 lc rgb run_colour(0+n) title NAME[0+n], \
	for [n in RUNS_latency] DATA.'latency-'.n.'.dat' using (place(column('place'), 0+n)):'p999' with points lw 1.6 pt 6 ps 0.8 lc rgb run_colour(0+n) notitle

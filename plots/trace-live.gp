# title: What the trace keeps alive
# height: 640
# read: Memory that the trace asked for and has not freed yet: blocks of pages, objects of slab caches and kmalloc as requested (without what the slab allocator rounds up), and vmalloc areas, vmaps and ioremaps as address space. Each panel has its own scale. Of each slice of time the highest value is drawn. Things from before the trace are not in it. A line that only climbs is a leak, or a load that has not ended.

set multiplot
eval title_at_top
eval subtitle_at_top
eval mark_lines
eval mark_names
set key off
TOP = 0.86; BOTTOM = 0.11; GAP = 0.045
HEIGHT = (TOP - BOTTOM - 2 * GAP) / 3
array LIVE_COLOUR[3] = [BLUE, ORANGE, GREEN]
do for [n = 1:3] {
	EDGE = TOP - (n - 1) * (HEIGHT + GAP)
	eval panel(EDGE - HEIGHT, EDGE)
	set ylabel word('page slab vmalloc', n).', MiB' textcolor rgb INK
	set yrange [0:LIVE_TOP[n]]
	if (n == 3) { set xlabel XLABEL textcolor rgb INK; set format x } else { unset xlabel; set format x '' }
	set label 50 LIVE_PEAK[n] at screen RIGHT + 0.012, graph 1 offset 0,-0.6 left textcolor rgb INK
	plot DATA.'live.dat' using 'x':word('page slab vmalloc', n) with filledcurves y=0 lc rgb LIVE_COLOUR[n]
	eval no_title
	eval no_mark_names
}
unset multiplot

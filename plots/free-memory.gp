# title: Free memory by block size, zone by zone
# height: 820
# read: Each band is the free memory that lies in blocks of one order (order 10 is 4 MiB, order 0 one page of 4 KiB), stacked with the largest blocks at the bottom; grey is on per-CPU lists. The height is all free memory of the zone. Dark bands that thin out while the total stays high mean fragmentation; a total that comes down to the dashed lines means shortage: below "low" the kernel reclaims in the background, below "min" ordinary requests wait or fail.

set multiplot
eval title_at_top
eval subtitle_at_top
eval mark_lines
eval mark_names

NZ = words(ZONES)
TOP = 0.875; BOTTOM = 0.09; GAP = 0.055
# The small DMA zone gets half the height of the others.
weight(z) = z eq 'dma' ? 0.5 : 1.0
SUM = 0.0
do for [z in ZONES] { SUM = SUM + weight(z) }
UNIT = (TOP - BOTTOM - GAP * (NZ - 1)) / SUM
EDGE = TOP

set key off
do for [n = 1:NZ] {
	z = word(ZONES, n)
	eval panel(EDGE - UNIT * weight(z), EDGE)
	EDGE = EDGE - UNIT * weight(z) - GAP
	set yrange [0:value('TOP_'.z)]
	LOW = value('LOW_'.z); MIN = value('MIN_'.z)
	set ylabel zone_name(z).', MiB free' textcolor rgb INK
	if (z eq 'dma') { set ytics 4 } else { set ytics autofreq }
	if (n == NZ) { set xlabel XLABEL textcolor rgb INK; set format x } else { unset xlabel; set format x '' }
	FILE = DATA.'stack-'.z.'.dat'
	plot FILE using 'x':'pcp' with filledcurves y=0 lc rgb GREY, \
		for [o = 0:10] FILE using 'x':sprintf('o%d', o) with filledcurves y=0 lc rgb ORDER_COLOUR[o + 1], \
		LOW with lines dt (8,4) lw 1.6 lc rgb RED, \
		MIN with lines dt (2,3) lw 1.6 lc rgb RED
	eval no_title
	eval no_mark_names
}

# One legend for all panels: a panel that holds nothing else.
eval panel(BOTTOM, TOP)
set key on
eval key_at(TOP)
do for [i = 1:NMARKS] { unset arrow 100+i }
unset border; unset tics; unset xlabel; unset ylabel; unset grid
set yrange [0:1]
plot NaN with boxes lc rgb GREY title 'per-CPU lists', \
	for [o = 0:10] NaN with boxes lc rgb ORDER_COLOUR[o + 1] \
		title sprintf('order %d, %s', o, word(ORDER_SIZE, o + 1)), \
	NaN with lines dt (8,4) lw 1.6 lc rgb RED title 'low watermark', \
	NaN with lines dt (2,3) lw 1.6 lc rgb RED title 'min watermark'
unset multiplot

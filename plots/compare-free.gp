# title: Free memory and its fragmentation, run by run
# height: 820
# read: One panel a zone: free memory in the buddy lists. The last panel: the share of a zone's free memory that lies in blocks too small for an order-4 request (64 KiB), of HighMem or Normal, whichever is worse. Runs on an allocator of the host have no zones and no line here.

set multiplot
eval title_at_top
eval subtitle_at_top
NZ = words(ZONES)
TOP = 0.9; BOTTOM = 0.085; GAP = 0.035
UNIT = (TOP - BOTTOM - GAP * NZ) / (NZ + 1)
EDGE = TOP
set format x ''
eval key_at(TOP)
do for [k = 1:NZ] {
	z = word(ZONES, k)
	eval panel(EDGE - UNIT, EDGE)
	EDGE = EDGE - UNIT - GAP
	set ylabel zone_name(z).', MiB free' textcolor rgb INK
	plot for [n in value('RUNS_'.z)] DATA.'run-'.n.'.dat' using 'x':'free_'.z with lines lw 2 dt run_dash(0+n) lc rgb run_colour(0+n) title NAME[0+n]
	set key off
	eval no_title
}
eval panel(BOTTOM, EDGE)
set format x
set xlabel XLABEL textcolor rgb INK
set ylabel 'unusable, %' textcolor rgb INK
set yrange [0:UNUSABLE_TOP]
plot for [n in RUNS_normal] DATA.'run-'.n.'.dat' using 'x':'unusable' with lines lw 2 dt run_dash(0+n) lc rgb run_colour(0+n)
unset multiplot

# title: pkmap and kmap_local slots
# height: 560
# read: HighMem has no permanent address: the kernel maps such a page into one of few slots. Above, the pkmap slots of kmap(): in use, and stale (unmapped, but not reusable until the rotation wraps and the TLB is flushed). When slots in use reach the dashed line, kmap() sleeps. Below, the short-lived kmap_local() and kmap_atomic() mappings that were open at each sample.

set multiplot
eval title_at_top
eval subtitle_at_top
eval mark_lines
eval mark_names

eval panel(0.45, 0.83)
unset xlabel
set format x ''
set ylabel 'pkmap slots' textcolor rgb INK
set yrange [0:PKMAP_SLOTS * 1.05 + 1]
eval key_at(0.83)
plot DATA.'timeline.dat' using 'x':(column('pkmap_in_use') + column('pkmap_stale')) \
		with filledcurves y=0 lc rgb SKY title 'stale', \
	'' using 'x':'pkmap_in_use' with filledcurves y=0 lc rgb BLUE title 'in use', \
	PKMAP_SLOTS with lines dt (8,4) lw 1.6 lc rgb RED title sprintf('all %d slots', PKMAP_SLOTS)
eval no_title
eval no_mark_names

eval panel(0.12, 0.37)
set format x
set xlabel XLABEL textcolor rgb INK
set ylabel 'kmap_local' textcolor rgb INK
set yrange [0:KMAP_LOCAL_TOP]
if (KMAP_LOCAL_TOP < 8) { set ytics 1 }
eval key_at(0.37)
plot DATA.'timeline.dat' using 'x':'kmap_local_in_use' with steps lw 1.6 lc rgb ORANGE title 'open mappings'
unset multiplot

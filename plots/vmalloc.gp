# title: vmalloc address space
# height: 480
# read: Address space, not memory: a request needs one hole of its size plus a guard page. Used areas and lazily freed ones (unmapped, waiting for the purge that flushes the TLB) are stacked against the whole range, the dashed line. The orange line is the largest single hole: a request above it forces a purge, and fails when that does not help.

eval title_at_top
eval subtitle_at_top
eval mark_lines
eval mark_names
eval panel(0.14, 0.81)
set xlabel XLABEL textcolor rgb INK
set ylabel 'MiB' textcolor rgb INK
set yrange [0:VMALLOC_TOTAL * 1.06 + 1]
eval key_at(0.81)
plot DATA.'timeline.dat' using 'x':(column('vmalloc_used') + column('vmalloc_lazy')) \
		with filledcurves y=0 lc rgb SKY title 'lazily freed', \
	'' using 'x':'vmalloc_used' with filledcurves y=0 lc rgb BLUE title 'used', \
	'' using 'x':'vmalloc_largest_hole' with lines lw 2.2 lc rgb ORANGE title 'largest hole', \
	VMALLOC_TOTAL with lines dt (8,4) lw 1.6 lc rgb RED title sprintf('range, %.0f MiB', VMALLOC_TOTAL)

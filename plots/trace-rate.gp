# title: Operations over time, by layer
# height: 460
# read: The height is the number of operations a second, stacked by the layer that they ask. Each point is a slice of the trace's time, averaged: a spike in reality is higher and shorter than one here.

eval title_at_top
eval subtitle_at_top
eval mark_lines
eval mark_names
eval panel(0.14, 0.81)
set yrange [0:RATE_TOP]
set xlabel XLABEL textcolor rgb INK
set ylabel RATE_LABEL textcolor rgb INK
eval key_at(0.81)
FILE = DATA.'rate.dat'
plot FILE using 'x':'other' with filledcurves y=0 lc rgb GREY title 'other', \
	'' using 'x':'kmap' with filledcurves y=0 lc rgb PURPLE title 'kmap', \
	'' using 'x':'vmalloc' with filledcurves y=0 lc rgb GREEN title 'vmalloc', \
	'' using 'x':'slab' with filledcurves y=0 lc rgb ORANGE title 'slab', \
	'' using 'x':'page' with filledcurves y=0 lc rgb BLUE title 'page'

# title: Slab memory: used, wasted, lost
# height: 480
# read: The height is the memory held by slab pages. Blue is what callers asked for; light blue is rounded up inside live objects (a kmalloc of 33 bytes takes 64); orange is lost: room in slabs that no live object uses. Orange that stays after the load is gone is slab fragmentation: one live object keeps a whole slab. The line is kmalloc above 8 KiB, which takes pages directly.

eval title_at_top
eval subtitle_at_top
eval mark_lines
eval mark_names
eval panel(0.14, 0.81)
set xlabel XLABEL textcolor rgb INK
set ylabel 'MiB' textcolor rgb INK
set yrange [0:SLAB_TOP]
eval key_at(0.81)
plot DATA.'timeline.dat' using 'x':'slab_capacity_bytes' with filledcurves y=0 lc rgb ORANGE title 'lost', \
	'' using 'x':'slab_live_bytes' with filledcurves y=0 lc rgb SKY title 'inside objects', \
	'' using 'x':'slab_requested_bytes' with filledcurves y=0 lc rgb BLUE title 'requested', \
	'' using 'x':'slab_large_pages' with lines lw 2 lc rgb PURPLE title 'kmalloc over 8 KiB'

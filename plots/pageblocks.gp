# title: What the pageblocks hold, by physical address
# height: 620
# read: Each column is one moment, each cell a pageblock (4 MiB; with PAE 2 MiB), the physical address upwards. Empty: the block is free. Light blue: only movable pages, which compaction can carry away. Orange: only pages that stay where they are (slab, page tables, kernel). Red: both, so the movable pages may leave and the block is still not free; red among blue is what costs large blocks. Grey: never given to the allocator.

eval title_at_top
eval subtitle_at_top
eval mark_lines
eval mark_names
eval panel(0.11, 0.85)
set rmargin at screen 0.71 # the zones' names stand between plot and legend
set xlabel XLABEL textcolor rgb INK
set ylabel 'physical address, MiB' textcolor rgb INK
set yrange [0:MEMORY_TOP]
unset grid
eval key_at(0.85)
array KIND_COLOUR[5] = ['#ffffff', SKY, RED, ORANGE, GREY]
rgb(k) = int(sprintf('0x%s', KIND_COLOUR[k + 1][2:7]))
do for [z in ZONES] {
	set arrow from first 0, first value('BASE_'.z) to first XMAX, first value('BASE_'.z) nohead front lw 1 lc rgb INK
	set label zone_name(z) at first XMAX, first value('BASE_'.z) offset 0.6,(z eq 'dma' ? -0.2 : 0.5) left font ',12' textcolor rgb INK
}
plot DATA.'pageblocks.dat' using 'from':'low':'from':'to':'low':'high':(rgb(column('kind'))) \
		with boxxyerror fill solid 1.0 noborder lc rgb variable notitle, \
	NaN with boxes lc rgb SKY title 'movable only', \
	NaN with boxes lc rgb RED title 'mixed', \
	NaN with boxes lc rgb ORANGE title 'not movable', \
	NaN with boxes lc rgb GREY title 'reserved', \
	NaN with lines lc rgb INK lw 1 title 'zone begins'

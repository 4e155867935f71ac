# title: What is asked for: sizes
# height: 640
# read: Above, requests for slab objects by size in bytes; a bar holds what fits into that kmalloc class and not into the one before. Below, requests for blocks of pages by order (order 0 is one page of 4 KiB, order 3 is 32 KiB). The scales are logarithmic: each line is ten times the one below. High bars on the right are what fragmentation hits first.

set multiplot
eval title_at_top
eval subtitle_at_top
set logscale y
set ytics ('1' 1, '10' 10, '100' 100, '1 k' 1e3, '10 k' 1e4, '100 k' 1e5, '1 M' 1e6, '10 M' 1e7, '100 M' 1e8, '1 G' 1e9)
unset mytics
set yrange [0.5:SIZE_TOP]
set xtics scale 0
set boxwidth 1 relative
set style fill solid 1.0 noborder
eval panel(0.57, 0.86)
eval key_at(0.86)
set xrange [-0.6:13.6]
set ylabel 'slab objects' textcolor rgb INK
set xlabel 'bytes, at most' textcolor rgb INK offset 0,0.4
set xtics ('8' 0, '16' 1, '32' 2, '64' 3, '96' 4, '128' 5, '192' 6, '256' 7, '512' 8, '1K' 9, '2K' 10, '4K' 11, '8K' 12, 'more' 13)
plot DATA.'sizes.dat' using ($1 - 0.2):($2 > 0 ? $2 : 0.1):(0.4) with boxes lc rgb BLUE title 'kmalloc', \
	'' using ($1 + 0.2):($3 > 0 ? $3 : 0.1):(0.4) with boxes lc rgb ORANGE title 'caches'
eval no_title
eval panel(0.1, 0.41)
set key off
set xrange [-0.6:10.6]
set ylabel 'blocks of pages' textcolor rgb INK
set xlabel 'order' textcolor rgb INK
set xtics ('0' 0, '1' 1, '2' 2, '3' 3, '4' 4, '5' 5, '6' 6, '7' 7, '8' 8, '9' 9, '10' 10)
plot DATA.'orders.dat' using 1:($2 > 0 ? $2 : 0.1):(0.8) with boxes lc rgb GREEN
unset multiplot

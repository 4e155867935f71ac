# title: How long things live
# height: 520
# read: Of all things of a layer that the trace both makes and frees, the share that lived about so long; the time axis is logarithmic, with two slices an octave, and each line's shares add up to 100 %. Short lives far on the left are served from per-CPU lists; what lives long pins its slab page and its pageblock. What is still alive at the end is not in the lines.

eval title_at_top
eval subtitle_at_top
eval panel(0.13, 0.82)
set logscale x
set xrange [LIFE_FROM:LIFE_TO]
set yrange [0:LIFE_TOP]
set xlabel 'lifetime' textcolor rgb INK
set ylabel 'share of things, %' textcolor rgb INK
set xtics ('1 ns' 1, '10 ns' 10, '100 ns' 100, '1 µs' 1e3, '10 µs' 1e4, '100 µs' 1e5, '1 ms' 1e6, '10 ms' 1e7, '100 ms' 1e8, '1 s' 1e9, '10 s' 1e10, '100 s' 1e11, '17 min' 1e12, '2.8 h' 1e13, '28 h' 1e14)
unset mxtics
eval key_at(0.82)
array LIFE_COLOUR[4] = [BLUE, ORANGE, GREEN, PURPLE]
plot for [i = 0:3] DATA.'lifetimes.dat' using 1:(column(i + 2)) with steps lw 2 lc rgb LIFE_COLOUR[i + 1] title LIFE_NAME[i + 1]

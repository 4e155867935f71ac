# Errors over time of a verification: how many of the decisions so far differ
# from the kernel's, per thousand, for both modes.  errors.csv has the columns
# mode, operation, decisions, errors; common.gp is loaded before.

set output DIR.'/errors.svg'
set datafile separator ','
eval title_at_top
eval subtitle_at_top
eval panel(0.16, 0.78)
set xlabel UNIT textcolor rgb INK
set format x '%.0f'
set ylabel 'errors per 1,000 decisions' textcolor rgb INK
set xrange [0:XMAX]
set yrange [0:*]
eval key_at(0.78)
pick(m) = strcol(1) eq m ? (column(3) > 0 ? 1000.0 * column(4) / column(3) : 0) : NaN
FILE = DIR.'/errors.csv'
stats FILE using (column(3) > 0 ? 1000.0 * column(4) / column(3) : 0) skip 1 nooutput
if (STATS_max == 0) { set yrange [0:1]; set label 1 'no error' at graph 0.5, graph 0.5 center textcolor rgb INK }
plot FILE using 2:(pick('free')) skip 1 with lines lw 2 lc rgb ORANGE title 'free', \
	FILE using 2:(pick('followed')) skip 1 with lines lw 2 lc rgb BLUE dt (8,4) title 'followed'

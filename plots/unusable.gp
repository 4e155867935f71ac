# title: Unusable free space, by order
# height: 760
# read: Colour is the share of a zone's free memory that a request of that order cannot use because its blocks are too small (the kernel's unusable free space index): dark is 0, everything serves; yellow is 1, no block of that order is left. Rows that turn yellow from the top down show which sizes the zone has lost, and when.

set multiplot
eval title_at_top
eval subtitle_at_top
MARK_COLOUR = '#e6e6e6' # on dark cells
eval mark_lines
eval mark_names

# A row reaches a little under the one above, drawn after it: no seam shows.
top(order) = order < 10 ? order + 0.6 : 10.5

NZ = words(ZONES)
TOP = 0.865; BOTTOM = 0.085; GAP = 0.055
UNIT = (TOP - BOTTOM - GAP * (NZ - 1)) / NZ
unset grid
unset key
set yrange [-0.5:10.5]
set ytics 0,2,10
set cbrange [0:1]
set colorbox user origin screen KEY, screen BOTTOM size screen 0.022, screen (TOP - BOTTOM)
set cbtics 0,0.2,1 textcolor rgb INK
set cblabel 'share of the free memory that is unusable' textcolor rgb INK
set border lc rgb INK

do for [n = 1:NZ] {
	z = word(ZONES, n)
	eval panel(TOP - UNIT * n - GAP * (n - 1), TOP - UNIT * (n - 1) - GAP * (n - 1))
	set ylabel zone_name(z).', order' textcolor rgb INK
	if (n == NZ) { set xlabel XLABEL textcolor rgb INK; set format x } else { unset xlabel; set format x '' }
	if (n > 1) { unset colorbox }
	plot DATA.'unusable-'.z.'.dat' using 'from':'order':'from':'to':(column('order') - 0.5):(top(column('order'))):'index' \
		with boxxyerror fill solid 1.0 noborder lc palette notitle
	eval no_title
	eval no_mark_names
}
unset multiplot

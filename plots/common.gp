# What all charts share: colours, fonts, axes, phase lines, panels.
#
# Loaded after the prepared variables (plots/prepare.c):
#   RUN       "machine, trace", for titles
#   XLABEL    label of the time axis; XMAX its end
#   ZONES     zones of the machine, highest address first ("high normal dma")
#   NMARKS, MARK_X[], MARK_NAME[]   the trace's marks
#   DATA      folder of the prepared files, with a slash
#
# Colours: lines and areas are Okabe-Ito's (distinct for every common form of
# colour blindness); ordered quantities are viridis.  INK, FAINT and PAPER are
# replaced by the page's own colours when a chart is put into report.html.

INK = '#222222'; FAINT = '#d9d9d9'; PAPER = '#ffffff'
BLUE = '#0072B2'; ORANGE = '#E69F00'; GREEN = '#009E73'; RED = '#D55E00'
SKY = '#56B4E9'; PURPLE = '#CC79A7'; GREY = '#999999'

# Runs side by side; from the ninth on the same with another dash.
array RUN_COLOUR[8] = [BLUE, RED, GREEN, ORANGE, PURPLE, SKY, INK, GREY]
run_colour(n) = RUN_COLOUR[(n - 1) % 8 + 1]
run_dash(n) = n > 8 ? 2 : 1

# viridis without its darkest quarter: order 0 is the lightest, order 10 the darkest.
array ORDER_COLOUR[11] = ['#fde725', '#b5de2b', '#7ad151', '#4ac16d', '#2db27d', \
	'#1fa088', '#218f8d', '#287d8e', '#2f6c8e', '#375a8c', '#3e4989']
set palette defined (0 '#440154', 1 '#482475', 2 '#414487', 3 '#355f8d', 4 '#2a788e', \
	5 '#21918c', 6 '#22a884', 7 '#44bf70', 8 '#7ad151', 9 '#bddf26', 10 '#fde725')

zone_name(z) = z eq 'dma' ? 'DMA' : z eq 'normal' ? 'Normal' : 'HighMem'

set encoding utf8
set datafile missing 'nan'
set border 3 lc rgb INK lw 1
set tics nomirror out scale 0.6 textcolor rgb INK
set grid ytics lc rgb FAINT lt 1 lw 1
set key left top vertical maxcols 1 Left reverse samplen 1.5 spacing 1.15 textcolor rgb INK
KEY = 0.797
key_at(top) = sprintf("set key at screen %.4f, screen %.4f", KEY, top)
set style fill solid 1.0 noborder
set xrange [0:XMAX]
set yrange [0:*]
set ytics autofreq
set ylabel offset 0.8

# Panels share their left and right edges; top and bottom are fractions of the
# picture, counted from its lower edge.
LEFT = 0.1; RIGHT = 0.785
set lmargin at screen LEFT
set rmargin at screen RIGHT
panel(bottom, top) = sprintf("set bmargin at screen %.4f; set tmargin at screen %.4f", bottom, top)

title_at_top = "set label 99 TITLE at screen 0.015, screen 1.0 offset 0,-1.1 left font ',18' textcolor rgb INK"
subtitle_at_top = "set label 98 RUN at screen 0.015, screen 1.0 offset 0,-2.4 left font ',13' textcolor rgb INK"

# Phase lines, behind the data's front: dashed, named at the top of a panel.
MARK_COLOUR = INK
mark_lines = "do for [i = 1:NMARKS] { set arrow 100+i from first MARK_X[i], graph 0 to first MARK_X[i], graph 1 nohead front dt (6,4) lw 1 lc rgb MARK_COLOUR }"
mark_names = "do for [i = 1:NMARKS] { if (MARK_X[i] > 0.75 * XMAX) { set label 100+i MARK_NAME[i] at first MARK_X[i], graph 1 offset -0.3,0.4 right font ',11' textcolor rgb INK } else { set label 100+i MARK_NAME[i] at first MARK_X[i], graph 1 offset 0.3,0.4 left font ',11' textcolor rgb INK } }"
no_mark_names = "do for [i = 1:NMARKS] { unset label 100+i }"
no_title = "unset label 98; unset label 99"

/* SPDX-License-Identifier: MIT
 *
 * hgrm: a histogram as HdrHistogram's percentile text, which its plotter
 * (hdrhistogram.github.io/HdrHistogram/plotFiles.html) and others read:
 *
 *	       Value     Percentile TotalCount 1/(1-Percentile)
 *
 *	      12.000 0.000000000000          3           1.00
 *	      ...
 *	     940.000 1.000000000000        100
 *	#[Mean    =       40.120, StdDeviation   =       99.310]
 *	#[Max     =      940.000, Total count    =          100]
 *	#[Buckets =           34, SubBuckets     =          128]
 *
 * A line: the part Percentile of all values is not above Value; TotalCount of
 * them.  The percentiles come ever closer, five to each halving of what is left
 * above them, until the last value is reached.
 */
#ifndef REPLAY_HGRM_H
#define REPLAY_HGRM_H

#include <stdio.h>

#include "replay/histogram.h"

/* Values are multiplied by scale.  Errors are the stream's (ferror). */
void hgrm_write(const struct histogram *h, double scale, FILE *f);

#endif

/* SPDX-License-Identifier: MIT */
/* Numbers in order, and the medians that stand on them. Nothing allocates. */
#ifndef MVO_ESTIMATE_ORDER_H
#define MVO_ESTIMATE_ORDER_H

#include <stddef.h>

/* Sorts x ascending, in place, in O(count log count). */
void mvoi_sort(double *x, size_t count);

/* Median of x (count >= 1), the mean of the middle two where count is even; sorts x. */
double mvoi_median(double *x, size_t count);

#endif

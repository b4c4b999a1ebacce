/* SPDX-License-Identifier: MIT */
#include "estimate/order.h"

/* Lets the number at `top` of a heap of `count` sink to its place. */
static void sink(double *x, size_t top, size_t count)
{
    const double held = x[top];
    for (size_t below = 2 * top + 1; below < count; below = 2 * top + 1) {
        if (below + 1 < count && x[below + 1] > x[below])
            below++;
        if (x[below] <= held)
            break;
        x[top] = x[below];
        top = below;
    }
    x[top] = held;
}

/* Heapsort: no recursion, no memory, no bad case. */
void mvoi_sort(double *x, size_t count)
{
    for (size_t top = count / 2; top-- > 0;)
        sink(x, top, count);
    for (size_t end = count; end-- > 1;) {
        const double largest = x[0];
        x[0] = x[end];
        x[end] = largest;
        sink(x, 0, end);
    }
}

double mvoi_median(double *x, size_t count)
{
    mvoi_sort(x, count);
    const double upper = x[count / 2];
    return count % 2 ? upper : x[count / 2 - 1] + 0.5 * (upper - x[count / 2 - 1]);
}

/* SPDX-License-Identifier: MIT */
/* One lane: plain C11, for compilers without vectors. */
#include "linalg/kernels_sets.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define KERNELS mvoi_kernels_portable
#define NAME "portable"

enum { LANES = 1, TILE_VECTORS = 2, TILE_COLUMNS = 4, SWEEP_VECTORS = 8 };

typedef double vec;
typedef size_t tail;

INLINE tail tail_of(size_t count)
{
    return count;
}

INLINE const double *apart(const double *p)
{
    return p;
}

INLINE vec splat(double value)
{
    return value;
}

INLINE vec load(const double *p)
{
    return *p;
}

INLINE void store(double *p, vec v)
{
    *p = v;
}

INLINE vec load_tail(const double *p, tail t)
{
    (void)t;
    return *p;
}

INLINE void store_tail(double *p, tail t, vec v)
{
    (void)t;
    *p = v;
}

INLINE double fold(const vec lane[8])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

INLINE vec product_rest(vec a, vec b, vec product, vec taken)
{
    MVOI_DEKKER(double, a, b, product);
    return (product - taken) + error;
}

INLINE vec size_of(vec v)
{
    return fabs(v);
}

INLINE vec larger_of(vec a, vec b)
{
    return a > b ? a : b;
}

INLINE vec smaller_of(vec a, vec b)
{
    return a < b ? a : b;
}

INLINE vec where_equal(vec a, vec b, vec v)
{
    return a == b ? v : 0.0;
}

INLINE vec pick(vec a, vec b, vec v, vec w)
{
    return a > b ? v : w;
}

INLINE double smallest_lane(vec v)
{
    return v;
}

INLINE unsigned equal_lanes(vec a, vec b)
{
    return a == b;
}

INLINE unsigned greater_lanes(vec a, vec b)
{
    return a > b;
}

INLINE unsigned zero_lanes(const int32_t *p)
{
    return *p == 0;
}

#include "linalg/kernels.inc"

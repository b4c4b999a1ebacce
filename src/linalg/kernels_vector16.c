/* SPDX-License-Identifier: MIT */
/* Two lanes, in the vectors of gcc and clang: SSE2 on x86-64, NEON on arm64, what the machine has elsewhere. */
#include "linalg/kernels_sets.h"

#if MVOI_HAVE_VECTORS

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define KERNELS mvoi_kernels_vector16
#if MVOI_HAVE_X86
#define NAME "sse2"
#else
#define NAME "vector16"
#endif

enum { LANES = 2, TILE_VECTORS = 2, TILE_COLUMNS = 4, SWEEP_VECTORS = 8 };

typedef double vec __attribute__((vector_size(16)));
typedef double vec_anywhere __attribute__((vector_size(16), aligned(8), may_alias));
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
    return (vec){ value, value };
}

INLINE vec load(const double *p)
{
    return *(const vec_anywhere *)p;
}

INLINE void store(double *p, vec v)
{
    *(vec_anywhere *)p = v;
}

INLINE vec load_tail(const double *p, tail t)
{
    return t == LANES ? load(p) : (vec){ *p, 0.0 };
}

INLINE void store_tail(double *p, tail t, vec v)
{
    if (t == LANES) {
        store(p, v);
    } else {
        *p = v[0];
    }
}

/* lanes 01, 23, 45, 67 */
INLINE double fold(const vec lanes[4])
{
    const vec sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    return sum[0] + sum[1];
}

INLINE vec product_rest(vec a, vec b, vec product, vec taken)
{
    MVOI_DEKKER(vec, a, b, product);
    return (product - taken) + error;
}

INLINE vec size_of(vec v)
{
    return (vec){ fabs(v[0]), fabs(v[1]) };
}

INLINE vec larger_of(vec a, vec b)
{
    return (vec){ a[0] > b[0] ? a[0] : b[0], a[1] > b[1] ? a[1] : b[1] };
}

INLINE vec smaller_of(vec a, vec b)
{
    return (vec){ a[0] < b[0] ? a[0] : b[0], a[1] < b[1] ? a[1] : b[1] };
}

INLINE vec where_equal(vec a, vec b, vec v)
{
    return (vec){ a[0] == b[0] ? v[0] : 0.0, a[1] == b[1] ? v[1] : 0.0 };
}

INLINE vec pick(vec a, vec b, vec v, vec w)
{
    return (vec){ a[0] > b[0] ? v[0] : w[0], a[1] > b[1] ? v[1] : w[1] };
}

INLINE double smallest_lane(vec v)
{
    return v[0] < v[1] ? v[0] : v[1];
}

INLINE unsigned equal_lanes(vec a, vec b)
{
    return (unsigned)(a[0] == b[0]) | (unsigned)(a[1] == b[1]) << 1;
}

INLINE unsigned greater_lanes(vec a, vec b)
{
    return (unsigned)(a[0] > b[0]) | (unsigned)(a[1] > b[1]) << 1;
}

INLINE unsigned zero_lanes(const int32_t *p)
{
    return (unsigned)(p[0] == 0) | (unsigned)(p[1] == 0) << 1;
}

#include "linalg/kernels.inc"

#else
typedef int mvoi_no_vectors; /* ISO C wants a declaration in every file */
#endif

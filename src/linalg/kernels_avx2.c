/* SPDX-License-Identifier: MIT */
/* Four lanes: AVX2. Its FMA serves the exact product only, which it finds as exactly as Dekker and faster. */
#include "linalg/kernels_sets.h"

#if MVOI_HAVE_X86

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#define KERNELS mvoi_kernels_avx2
#define NAME "avx2"

enum { LANES = 4, TILE_VECTORS = 2, TILE_COLUMNS = 4, SWEEP_VECTORS = 8 };

typedef __m256d vec;
typedef struct tail {
    __m256i mask;
    size_t count;
} tail;

INLINE tail tail_of(size_t count)
{
    const long long n = (long long)count;
    return (tail){ _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)), count };
}

INLINE const double *apart(const double *p)
{
    return p;
}

INLINE vec splat(double value)
{
    return _mm256_set1_pd(value);
}

INLINE vec load(const double *p)
{
    return _mm256_loadu_pd(p);
}

INLINE void store(double *p, vec v)
{
    _mm256_storeu_pd(p, v);
}

INLINE vec load_tail(const double *p, tail t)
{
    return _mm256_maskload_pd(p, t.mask);
}

/* by pieces: masked stores are slow on some processors */
INLINE void store_tail(double *p, tail t, vec v)
{
    if (t.count == LANES) {
        store(p, v);
        return;
    }
    __m128d piece = _mm256_castpd256_pd128(v);
    if (t.count >= 2) {
        _mm_storeu_pd(p, piece);
        piece = _mm256_extractf128_pd(v, 1);
        p += 2;
    }
    if (t.count % 2 == 1) {
        _mm_store_sd(p, piece);
    }
}

/* lanes 0123, 4567 */
INLINE double fold(const vec lanes[2])
{
    const __m256d four = _mm256_add_pd(lanes[0], lanes[1]);
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

INLINE vec product_rest(vec a, vec b, vec product, vec taken)
{
    (void)product;
    return _mm256_fmsub_pd(a, b, taken);
}

INLINE vec size_of(vec v)
{
    return _mm256_andnot_pd(_mm256_set1_pd(-0.0), v);
}

INLINE vec larger_of(vec a, vec b)
{
    return _mm256_max_pd(a, b); /* a > b ? a : b */
}

INLINE vec smaller_of(vec a, vec b)
{
    return _mm256_min_pd(a, b); /* a < b ? a : b */
}

INLINE vec where_equal(vec a, vec b, vec v)
{
    return _mm256_and_pd(_mm256_cmp_pd(a, b, _CMP_EQ_OQ), v);
}

INLINE vec pick(vec a, vec b, vec v, vec w)
{
    return _mm256_blendv_pd(w, v, _mm256_cmp_pd(a, b, _CMP_GT_OQ));
}

INLINE double smallest_lane(vec v)
{
    const __m128d two = _mm_min_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
    return _mm_cvtsd_f64(_mm_min_sd(two, _mm_unpackhi_pd(two, two)));
}

INLINE unsigned equal_lanes(vec a, vec b)
{
    return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_EQ_OQ));
}

INLINE unsigned greater_lanes(vec a, vec b)
{
    return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_GT_OQ));
}

INLINE unsigned zero_lanes(const int32_t *p)
{
    const __m128i sides = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(sides, _mm_setzero_si128())));
}

#include "linalg/kernels.inc"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#else
typedef int mvoi_no_avx2; /* ISO C wants a declaration in every file */
#endif

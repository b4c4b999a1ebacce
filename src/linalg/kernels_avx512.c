/* SPDX-License-Identifier: MIT */
/* Eight lanes: AVX-512 (F and DQ). Its FMA serves the exact product only. */
#include "linalg/kernels_sets.h"

#if MVOI_HAVE_X86

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq")
#endif

#define KERNELS mvoi_kernels_avx512
#define NAME "avx512"

enum { LANES = 8, TILE_VECTORS = 3, TILE_COLUMNS = 8, SWEEP_VECTORS = 8 };

typedef __m512d vec;
typedef __mmask8 tail;

INLINE tail tail_of(size_t count)
{
    return (tail)((1u << count) - 1u);
}

/* A number that several vectors are multiplied with is better read by each multiplication, which spreads it over the
   lanes for nothing, than once by an instruction of its own, which on Zen 4 takes the place of a multiplication:
   59 against 45 Gflops in the inner loop of the Cholesky factorisation. Compilers read it once when they see that the
   address is the same; here they cannot. */
INLINE const double *apart(const double *p)
{
    __asm__ volatile("" : "+r"(p));
    return p;
}

INLINE vec splat(double value)
{
    return _mm512_set1_pd(value);
}

INLINE vec load(const double *p)
{
    return _mm512_loadu_pd(p);
}

INLINE void store(double *p, vec v)
{
    _mm512_storeu_pd(p, v);
}

INLINE vec load_tail(const double *p, tail t)
{
    return _mm512_maskz_loadu_pd(t, p);
}

INLINE void store_tail(double *p, tail t, vec v)
{
    _mm512_mask_storeu_pd(p, t, v);
}

INLINE double fold(const vec lanes[1])
{
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(lanes[0]), _mm512_extractf64x4_pd(lanes[0], 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

INLINE vec product_rest(vec a, vec b, vec product, vec taken)
{
    (void)product;
    return _mm512_fmsub_pd(a, b, taken);
}

INLINE vec size_of(vec v)
{
    return _mm512_andnot_pd(_mm512_set1_pd(-0.0), v);
}

INLINE vec larger_of(vec a, vec b)
{
    return _mm512_max_pd(a, b); /* a > b ? a : b */
}

INLINE vec smaller_of(vec a, vec b)
{
    return _mm512_min_pd(a, b); /* a < b ? a : b */
}

INLINE vec where_equal(vec a, vec b, vec v)
{
    return _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ), v);
}

INLINE vec pick(vec a, vec b, vec v, vec w)
{
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(a, b, _CMP_GT_OQ), w, v);
}

INLINE double smallest_lane(vec v)
{
    const __m256d four = _mm256_min_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd(v, 1));
    const __m128d two = _mm_min_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_min_sd(two, _mm_unpackhi_pd(two, two)));
}

INLINE unsigned equal_lanes(vec a, vec b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ);
}

INLINE unsigned greater_lanes(vec a, vec b)
{
    return _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ);
}

INLINE unsigned zero_lanes(const int32_t *p)
{
    const __m256i sides = _mm256_loadu_si256((const __m256i *)(const void *)p);
    const __m512i wide = _mm512_castsi256_si512(sides);
    return _mm512_mask_cmpeq_epi32_mask(0xff, wide, _mm512_setzero_si512());
}

/* Writes first + l for every bit l that is set, and what it likes up to eight numbers; returns how many there are. */
INLINE size_t list_at_once(unsigned bits, size_t first, int32_t *found)
{
    const __m512i lanes = _mm512_add_epi32(_mm512_set1_epi32((int32_t)first),
                                           _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m512i chosen = _mm512_maskz_compress_epi32((__mmask16)bits, lanes);
    _mm256_storeu_si256((__m256i *)(void *)found, _mm512_castsi512_si256(chosen));
    return (size_t)__builtin_popcount(bits);
}

#define LISTS_AT_ONCE 1
#include "linalg/kernels.inc"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#else
typedef int mvoi_no_avx512; /* ISO C wants a declaration in every file */
#endif

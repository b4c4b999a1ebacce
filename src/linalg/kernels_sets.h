/* SPDX-License-Identifier: MIT */
/* What the files of the instruction sets share. Only they and kernels.c include it. */
#ifndef MVO_LINALG_KERNELS_SETS_H
#define MVO_LINALG_KERNELS_SETS_H

#include "linalg/kernels.h"

/*
 * A fused multiply-add rounds once where the sums of kernels.h round twice. gcc does not fuse under -std=c11, nor
 * under the -ffp-contract=off the build gives; clang reads the pragma as well.
 */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* Whether a sanitizer looks on. Its checks in code that is inlined and unrolled take minutes to compile. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MVOI_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer) ||          \
    __has_feature(undefined_behavior_sanitizer)
#define MVOI_SANITIZED 1
#endif
#endif

#if !defined(__GNUC__) /* which clang defines too */
#define MVOI_HAVE_VECTORS 0
#define INLINE static inline
#define UNROLL
#elif defined(MVOI_SANITIZED)
#define MVOI_HAVE_VECTORS 1
#define INLINE static __attribute__((unused))
#define UNROLL
#else
#define MVOI_HAVE_VECTORS 1
#define INLINE static inline __attribute__((always_inline, unused))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif
#endif

/* A loop over registers */
#define EACH(i, count) UNROLL for (size_t i = 0; i < (count); i++)

#if MVOI_HAVE_VECTORS && (defined(__x86_64__) || defined(__SSE2_MATH__))
#define MVOI_HAVE_X86 1
#else
#define MVOI_HAVE_X86 0
#endif

extern const mvoi_kernels mvoi_kernels_portable;
#if MVOI_HAVE_VECTORS
extern const mvoi_kernels mvoi_kernels_vector16;
#endif
#if MVOI_HAVE_X86
extern const mvoi_kernels mvoi_kernels_avx2;
extern const mvoi_kernels mvoi_kernels_avx512;
#endif

/* Declares `error`, a b - product, by Dekker's and Veltkamp's splitting, for double and for vectors of it: both
   factors are cut into halves of 26 bits, whose products are exact. The upper half of a is (c a) - ((c a) - a), with
   c = 2^27 + 1. */
#define MVOI_DEKKER(type, a, b, product)                                                                               \
    const type a_scaled = 134217729.0 * (a);                                                                           \
    const type b_scaled = 134217729.0 * (b);                                                                           \
    const type a_upper = a_scaled - (a_scaled - (a));                                                                  \
    const type b_upper = b_scaled - (b_scaled - (b));                                                                  \
    const type a_lower = (a)-a_upper;                                                                                  \
    const type b_lower = (b)-b_upper;                                                                                  \
    const type error = ((a_upper * b_upper - (product)) + a_upper * b_lower + a_lower * b_upper) + a_lower * b_lower

#endif

/* SPDX-License-Identifier: MIT */
/* A random stream that is the same everywhere: splitmix64 (Steele, Lea & Flood 2014). */
#ifndef SUPPORT_RANDOM_H
#define SUPPORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct random_stream {
    uint64_t state;
} random_stream;

uint64_t random_next(random_stream *stream);

/* ((x >> 11) + 1/2) / 2^53, strictly between 0 and 1. */
double random_uniform(random_stream *stream);

/* Standard normal: Box-Muller, the cosine of each pair of uniforms. */
double random_normal(random_stream *stream);

/* From now on normals are sums of twelve uniforms less six, which have the same bits under every C library. */
void random_without_libm(void);

/* An integer below `count` > 0. */
size_t random_below(random_stream *stream, size_t count);

#endif

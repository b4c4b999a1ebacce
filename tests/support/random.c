/* SPDX-License-Identifier: MIT */
#include "support/random.h"

#include <math.h>

uint64_t random_next(random_stream *stream)
{
    uint64_t x = stream->state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

double random_uniform(random_stream *stream)
{
    return ((double)(random_next(stream) >> 11) + 0.5) / 9007199254740992.0;
}

static int plain;

void random_without_libm(void)
{
    plain = 1;
}

double random_normal(random_stream *stream)
{
    if (plain) {
        double sum = -6.0;
        for (int k = 0; k < 12; k++)
            sum += random_uniform(stream);
        return sum;
    }
    const double radius = sqrt(-2.0 * log(random_uniform(stream)));
    return radius * cos(6.283185307179586476925 * random_uniform(stream));
}

size_t random_below(random_stream *stream, size_t count)
{
    const size_t i = (size_t)(random_uniform(stream) * (double)count);
    return i < count ? i : count - 1;
}

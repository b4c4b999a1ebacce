/* SPDX-License-Identifier: MIT */
/* Which kernels this processor runs, and the exact product and sum for scalar code. */
#include "linalg/kernels.h"
#include "linalg/kernels_sets.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct candidate {
    const mvoi_kernels *kernels;
    bool runs;
} candidate;

enum { SETS = 4 };

/* Fills `runnable` with the sets compiled in and runnable here, from plainest to widest; returns how many. */
static size_t list_runnable(const mvoi_kernels *runnable[SETS])
{
#if MVOI_HAVE_X86
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
#endif
    const candidate candidates[] = {
        { &mvoi_kernels_portable, true },
#if MVOI_HAVE_VECTORS
        { &mvoi_kernels_vector16, true },
#endif
#if MVOI_HAVE_X86
        { &mvoi_kernels_avx2, avx2 },
        { &mvoi_kernels_avx512, avx2 && avx512 },
#endif
    };
    size_t count = 0;
    for (size_t c = 0; c < sizeof candidates / sizeof candidates[0]; c++) {
        if (candidates[c].runs) {
            runnable[count++] = candidates[c].kernels;
        }
    }
    return count;
}

const mvoi_kernels *mvoi_kernels_at(size_t i)
{
    const mvoi_kernels *runnable[SETS];
    return i < list_runnable(runnable) ? runnable[i] : NULL;
}

const mvoi_kernels *mvoi_kernels_best(void)
{
    const mvoi_kernels *runnable[SETS];
    return runnable[list_runnable(runnable) - 1];
}

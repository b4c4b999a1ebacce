/* SPDX-License-Identifier: MIT */
/* Where a path begins: an empty or a given working set, and the shifts that make it optimal at tau = 1. */
#include "qp/kinks.h"
#include "qp/path.h"
#include "qp/pivot.h"

#include <math.h>
#include <string.h>


static void reset(mvoi_path *path)
{
    const size_t total = path->n + path->scaled->m_capacity;
    mvoi_scaled *s = path->scaled;
    path->m = s->m;
    path->tau = 0.0;
    path->loose_count = 0;
    path->negative_curvature = 0;
    path->set_aside = 0;
    path->random = 20260101u;
    memset(path->skip, 0, total);
    memset(path->loose, 0, path->n * sizeof(double));
    memset(path->p, 0, total * sizeof(double));
    memset(path->q, 0, total * sizeof(double));
    for (size_t j = 0; j < path->n; j++)
        path->width0[j] = HUGE_VAL;
    mvoi_kkt_clear(&path->kkt, total);
    if (s->segments)
        mvoi_kinks_begin(path);
}

void mvoi_path_start_cold(mvoi_path *path)
{
    const mvoi_scaled *s = path->scaled;
    reset(path);
    for (size_t j = 0; j < path->n; j++) {
        const double lower = fabs(s->lower[j]), upper = fabs(s->upper[j]);
        path->side[j] = isinf(lower) && isinf(upper) ? MVOI_HELD : lower <= upper ? MVOI_LOWER : MVOI_UPPER;
    }
    if (s->segments) {
        mvoi_kinks_rest(path);
        mvoi_kinks_begin(path);
    }
    for (size_t i = 0; i < path->m; i++)
        path->side[path->n + i] = MVOI_FREE;
    for (size_t e = 0; e < path->n + path->m; e++)
        mvoi_pivot_note_side(path, e);
    mvoi_pivot_recount_held(path);
}

void mvoi_path_start_from(mvoi_path *path, const int32_t *side)
{
    const size_t n = path->n;
    reset(path);
    memcpy(path->side, side, (n + path->m) * sizeof *side);
    for (size_t e = 0; e < n + path->m; e++) {
        const int inside = (e < n) == (side[e] == MVOI_FREE);
        if (!inside)
            continue;
        if (!mvoi_kkt_reserve(&path->kkt, path->kkt.order + 1)) { /* cannot be nonsingular: leave the rest out */
            path->side[e] = e >= n ? MVOI_FREE : isinf(path->scaled->lower[e]) ? MVOI_HELD : MVOI_LOWER;
            continue;
        }
        const double diagonal = mvoi_pivot_column(path, e, path->column0);
        mvoi_kkt_append(&path->kkt, (int32_t)e, path->column0, diagonal);
    }
    for (size_t e = 0; e < n + path->m; e++)
        mvoi_pivot_note_side(path, e);
    mvoi_pivot_recount_held(path);
    mvoi_pivot_refactor(path);
    mvoi_pivot_recount_held(path);
}

/* A random number in (1/2, 1), times `size`. */
static double ramp_of(mvoi_path *path, double size)
{
    return size * (0.5 + 0.5 * ((double)(mvoi_path_random(path) >> 11) + 0.5) / 9007199254740992.0);
}

/* What the multiplier of a held weight is shifted to: a random place in its range, which has a far end on a breakpoint. */
static double place_in_range(mvoi_path *path, double width)
{
    const double wanted = ramp_of(path, path->scaled->gradient_size);
    return wanted < width ? wanted : 0.5 * ramp_of(path, width);
}

/* Held elements: the linear term moves until every multiplier has the sign of its side. */
static void shift_gradients(mvoi_path *path, int ramp)
{
    mvoi_scaled *s = path->scaled;
    const size_t n = path->n;
    const double nearly = ramp ? 1e-9 * s->gradient_size : -1e-11 * s->gradient_size;
    for (size_t i = 0; i < path->m; i++) {
        const size_t e = n + i;
        const double sign = path->side[e] == MVOI_UPPER ? -1.0 : 1.0;
        if (path->side[e] == MVOI_FREE || s->fixed[e] || sign * path->q[e] > nearly)
            continue;
        const double wanted = sign * ramp_of(path, s->gradient_size);
        path->kernels->axpy(n, wanted - path->q[e], s->rows + i * s->ld, s->linear_rate);
        path->q[e] = wanted;
    }
    for (size_t j = 0; j < n; j++) {
        const int32_t side = path->side[j];
        if (side == MVOI_HELD) {
            path->loose[j] = fabs(path->q[j]) + ramp_of(path, s->gradient_size);
            continue;
        }
        const double sign = side == MVOI_UPPER ? -1.0 : 1.0;
        const double width = path->width0[j] < HUGE_VAL ? mvoi_kinks_width(path, j).value : HUGE_VAL;
        if (side == MVOI_FREE || s->fixed[j] || (sign * path->q[j] > nearly && sign * path->q[j] < width))
            continue;
        s->linear_rate[j] += sign * place_in_range(path, width) - path->q[j];
    }
}

/* Free weights and inactive rows: a limit that is violated moves beyond the present activity. */
static void shift_limits(mvoi_path *path, int ramp)
{
    mvoi_scaled *s = path->scaled;
    for (size_t e = 0; e < path->n + path->m; e++) {
        const double nearly = (ramp ? 1e-9 : -1e-11) * s->limit_size;
        if (path->side[e] != MVOI_FREE)
            continue;
        if (path->p[e] - s->lower[e] <= nearly)
            s->lower_rate[e] = path->p[e] - ramp_of(path, s->limit_size) - s->lower[e];
        if (s->upper[e] - path->p[e] <= nearly)
            s->upper_rate[e] = path->p[e] + ramp_of(path, s->limit_size) - s->upper[e];
        if (s->segments && e < path->n) {
            mvoi_kinks_shift(path, e, MVOI_LOWER, s->lower_rate[e]);
            mvoi_kinks_shift(path, e, MVOI_UPPER, s->upper_rate[e]);
        }
    }
}

void mvoi_path_shift(mvoi_path *path, int ramp)
{
    mvoi_scaled *s = path->scaled;
    const size_t total = path->n + path->m;
    memset(s->linear_rate, 0, path->n * sizeof(double));
    memset(s->lower_rate, 0, total * sizeof(double));
    memset(s->upper_rate, 0, total * sizeof(double));
    memset(path->skip, 0, total);
    path->set_aside = 0;
    path->tau = 1.0;
    if (s->segments)
        mvoi_kinks_begin(path);
    mvoi_pivot_recount_held(path);
    mvoi_path_state(path);
    shift_gradients(path, ramp);
    shift_limits(path, ramp);
    mvoi_pivot_recount_held(path);
}

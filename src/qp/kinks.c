/* SPDX-License-Identifier: MIT */
/* Breakpoints on a path (see kinks.h). */
#include "qp/kinks.h"
#include "qp/pivot.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------- widths */

/* How much one unit of an absolute row's multiplier takes from the far end of weight e, scaled. */
static double rise(const mvoi_path *path, const mvoi_absolute *row, size_t e, int32_t breakpoint)
{
    const mvoi_scaled *s = path->scaled;
    return mvoi_segments_rise(s->segments, row, e, breakpoint) * s->row_scale[row->row] * s->weight_scale[e];
}

mvoi_width mvoi_kinks_width(const mvoi_path *path, size_t e)
{
    const mvoi_segments *segments = path->scaled->segments;
    const int32_t breakpoint = mvoi_segments_breakpoint(segments, e, path->side[e]);
    mvoi_width width = { path->width0[e] + path->tau * path->width1[e], path->width1[e] };
    for (size_t a = 0; a < segments->absolute_count; a++) {
        const mvoi_absolute *row = &segments->absolute[a];
        const double by = rise(path, row, e, breakpoint);
        width.value -= by * path->q[path->n + row->row];
        width.rate -= by * path->dq[path->n + row->row];
    }
    return width;
}

double mvoi_kinks_response(const mvoi_path *path, size_t e)
{
    const mvoi_segments *segments = path->scaled->segments;
    const int32_t breakpoint = mvoi_segments_breakpoint(segments, e, path->side[e]);
    double rate = 0.0;
    for (size_t a = 0; a < segments->absolute_count; a++)
        rate -= rise(path, &segments->absolute[a], e, breakpoint) *
                path->response_q[path->n + segments->absolute[a].row];
    return rate;
}

void mvoi_kinks_note(mvoi_path *path, size_t e)
{
    const mvoi_scaled *s = path->scaled;
    const int32_t side = path->side[e];
    path->width0[e] = HUGE_VAL;
    path->width1[e] = 0.0;
    if (side != MVOI_LOWER && side != MVOI_UPPER)
        return;
    const int32_t breakpoint = mvoi_segments_breakpoint(s->segments, e, side);
    if (breakpoint < 0)
        return;
    const double jump = s->segments->jump[s->segments->first[e] + (size_t)breakpoint] * s->objective_scale *
                        s->weight_scale[e];
    const double jump_rate = s->segments->jump_rate[s->segments->first[e] + (size_t)breakpoint] * s->objective_scale *
                             s->weight_scale[e];
    path->width0[e] = path->cost_value * jump;
    path->width1[e] = path->cost_rate * jump + path->cost_value * jump_rate;
}

/* ------------------------------------------------------------------------------------------------- moving */

/* The shift of a breakpoint of weight e, scaled. */
static double shift_of(const mvoi_path *path, size_t e, int32_t breakpoint)
{
    return breakpoint < path->begun[e] ? path->shift_below[e] : path->shift_above[e];
}

/*
 * Weight e, standing on the breakpoint at the end `side` of its segment, moves to the next one. Coefficients of absolute
 * rows change there by their rise; the rows' limits follow so that activity and limit stay as far apart as they were,
 * wherever the breakpoint moves with tau.
 */
static void move(mvoi_path *path, size_t e, int32_t side)
{
    mvoi_scaled *s = path->scaled;
    mvoi_segments *segments = s->segments;
    const size_t n = path->n;
    const int32_t breakpoint = mvoi_segments_breakpoint(segments, e, side);
    const int32_t to = segments->segment[e] + (side < 0 ? -1 : 1);
    const double shift = shift_of(path, e, breakpoint), old_linear = s->linear[e];
    const double unit = (side < 0 ? -1.0 : 1.0) * s->objective_scale * s->weight_scale[e];
    const double by = unit * segments->jump[segments->first[e] + (size_t)breakpoint];
    const double by_rate = unit * segments->jump_rate[segments->first[e] + (size_t)breakpoint];
    mvoi_segments_move(segments, e, to);
    mvoi_scaled_set_segment(s, e);
    if (path->cost_rate != 0.0)
        s->linear[e] = old_linear + path->cost_value * by;
    s->linear_rate[e] += path->cost_rate * by + path->cost_value * by_rate;
    s->lower_rate[e] = to == 0 ? path->bound_below[e] : shift_of(path, e, to - 1);
    s->upper_rate[e] = to == segments->count[e] ? path->bound_above[e] : shift_of(path, e, to);
    for (size_t a = 0; a < segments->absolute_count; a++) {
        const mvoi_absolute *row = &segments->absolute[a];
        const double change = (side < 0 ? -1.0 : 1.0) * rise(path, row, e, breakpoint);
        if (change == 0.0)
            continue;
        s->upper_rate[n + row->row] += change * shift;
        path->p[n + row->row] += change * path->p[e];
        if (path->side[e] != MVOI_FREE) { /* its part in the sums over held weights */
            path->row0[row->row] += change * (path->p[e] - path->tau * shift);
            path->row1[row->row] += change * shift;
        }
    }
}

void mvoi_kinks_step(mvoi_path *path, size_t e)
{
    const int32_t side = path->side[e];
    move(path, e, side);
    path->side[e] = -side;
    path->q[e] = 0.0;
    mvoi_pivot_note_side(path, e);
}

int mvoi_kinks_cross(mvoi_path *path, size_t e, int32_t side)
{
    const mvoi_segments *segments = path->scaled->segments;
    const int32_t breakpoint = mvoi_segments_breakpoint(segments, e, side);
    if (breakpoint < 0 || segments->jump[segments->first[e] + (size_t)breakpoint] != 0.0)
        return 0;
    for (size_t a = 0; a < segments->absolute_count; a++)
        if (path->side[path->n + segments->absolute[a].row] != MVOI_FREE &&
            rise(path, &segments->absolute[a], e, breakpoint) != 0.0)
            return 0;
    move(path, e, side);
    return 1;
}

void mvoi_kinks_force(mvoi_path *path, size_t e, int32_t side)
{
    const mvoi_scaled *s = path->scaled;
    mvoi_kkt *kkt = &path->kkt;
    const size_t at = (size_t)kkt->position[e];
    int changed = 0;
    move(path, e, side);
    for (size_t k = 0; k < kkt->order; k++) {
        const size_t f = (size_t)kkt->element[k];
        if (f < path->n || kkt->matrix[at + k * kkt->ld] == s->rows[(f - path->n) * s->ld + e])
            continue;
        kkt->matrix[at + k * kkt->ld] = kkt->matrix[k + at * kkt->ld] = s->rows[(f - path->n) * s->ld + e];
        changed = 1;
    }
    if (changed)
        mvoi_pivot_refactor(path);
}

/* ------------------------------------------------------------------------------------------------- starts */

void mvoi_kinks_rest(mvoi_path *path)
{
    mvoi_segments *segments = path->scaled->segments;
    for (size_t e = 0; e < path->n; e++) {
        const int32_t count = segments->count[e];
        if (count == 0)
            continue;
        /* at the holdings, else at zero, else at the first there is */
        const int32_t held = segments->kink[1][e], zero = segments->kink[0][e];
        const int32_t breakpoint = held >= 0 && held < count ? held : zero >= 0 && zero < count ? zero : 0;
        mvoi_segments_move(segments, e, breakpoint + 1);
        mvoi_scaled_set_segment(path->scaled, e);
        path->side[e] = MVOI_LOWER;
    }
}

void mvoi_kinks_begin(mvoi_path *path)
{
    const mvoi_segments *segments = path->scaled->segments;
    memcpy(path->begun, segments->segment, path->n * sizeof *path->begun);
    memset(path->shift_below, 0, path->n * sizeof *path->shift_below);
    memset(path->shift_above, 0, path->n * sizeof *path->shift_above);
    memset(path->bound_below, 0, path->n * sizeof *path->bound_below);
    memset(path->bound_above, 0, path->n * sizeof *path->bound_above);
}

void mvoi_kinks_shift(mvoi_path *path, size_t e, int32_t side, double rate)
{
    if (side < 0)
        path->shift_below[e] = path->bound_below[e] = rate;
    else
        path->shift_above[e] = path->bound_above[e] = rate;
}

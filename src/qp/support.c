/* SPDX-License-Identifier: MIT */
/* The packed matrix of the support. */
#include "qp/support.h"

#include <string.h>

enum { ROOM = 16 };

static size_t round_up(size_t count)
{
    return (count + 7) / 8 * 8;
}

int mvoi_support_init(mvoi_support *support, mvo_context *context, size_t n, const mvoi_kernels *kernels)
{
    const size_t limit = n / 2 + ROOM < n ? n / 2 + ROOM : n;
    const size_t tall = round_up(limit) + MVOI_SUPPORT_ROWS + 8;
    *support = (mvoi_support){ .kernels = kernels, .n = n, .limit = limit };
    const mvoi_part parts[] = {
        MVOI_PART(support->x, tall),      MVOI_PART(support->high, tall),     MVOI_PART(support->low, tall),
        MVOI_PART(support->total, tall),  MVOI_PART(support->rest, tall),     MVOI_PART(support->asset, limit),
        MVOI_PART(support->slot, n),      MVOI_PART(support->identity, tall),
        { &support->matrix, limit, tall * sizeof *support->matrix },
        MVOI_PART(support->transposed, tall * MVOI_SUPPORT_ROWS)
    };
    support->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    if (!support->memory)
        return 0;
    for (size_t i = 0; i < tall; i++)
        support->identity[i] = (int32_t)i;
    for (size_t j = 0; j < n; j++)
        support->slot[j] = -1;
    return 1;
}

void mvoi_support_clear(mvoi_support *support, mvo_context *context)
{
    mvoi_release(context, support->memory);
    *support = (mvoi_support){ 0 };
}

void mvoi_support_forget(mvoi_support *support)
{
    for (size_t s = 0; s < support->count; s++)
        support->slot[support->asset[s]] = -1;
    support->count = 0;
    support->valid = 0;
}

/* The rows of A over one weight, in its column and in the transposed copy. */
static void write_rows(mvoi_support *support, const mvoi_problem *problem, size_t place)
{
    double *target = support->matrix + place * support->ld;
    mvoi_read_column(problem, support->asset[place], support->extra, target);
    for (size_t i = 0; i < support->rows; i++)
        support->transposed[place + i * support->ld] = target[i];
}

int mvoi_support_pack(mvoi_support *support, const mvoi_problem *problem, const int32_t *assets, size_t count,
                      const int32_t *more, size_t more_count)
{
    const size_t all = count + more_count;
    if (support->valid && support->rows == problem->m)
        return 1;
    mvoi_support_forget(support);
    if (all > support->limit || problem->m > MVOI_SUPPORT_ROWS)
        return 0;
    memcpy(support->asset, assets, count * sizeof *assets);
    memcpy(support->asset + count, more, more_count * sizeof *more);
    const size_t room = all + all / 4 + ROOM < support->limit ? all + all / 4 + ROOM : support->limit;
    support->count = all;
    support->rows = problem->m;
    support->extra = round_up(problem->m);
    support->ld = support->extra + round_up(room);
    if (support->ld % 16 == 0)
        support->ld += 8;
    const int32_t *asset = support->asset;
    for (size_t s = 0; s < all; s++) {
        const double *source = problem->covariance->dense + (size_t)asset[s] * problem->covariance->ld;
        double *target = support->matrix + s * support->ld + support->extra;
        support->slot[asset[s]] = (int32_t)s;
        for (size_t p = 0; p < all; p++)
            target[p] = source[asset[p]];
        write_rows(support, problem, s);
    }
    support->valid = 1;
    return 1;
}

void mvoi_support_add(mvoi_support *support, const mvoi_problem *problem, int32_t asset)
{
    if (!support->valid || support->slot[asset] >= 0)
        return;
    const size_t count = support->count, ld = support->ld, extra = support->extra;
    if (count == support->limit || extra + count == ld) {
        mvoi_support_forget(support);
        return;
    }
    const double *source = problem->covariance->dense + (size_t)asset * problem->covariance->ld;
    double *column = support->matrix + count * ld + extra, *row = support->matrix + extra + count;
    for (size_t s = 0; s < count; s++)
        column[s] = row[s * ld] = source[support->asset[s]];
    column[count] = source[asset];
    support->asset[count] = asset;
    support->slot[asset] = (int32_t)count;
    support->count++;
    write_rows(support, problem, count);
}

void mvoi_support_remove(mvoi_support *support, int32_t asset)
{
    if (!support->valid || support->slot[asset] < 0)
        return;
    const size_t hole = (size_t)support->slot[asset], last = support->count - 1, ld = support->ld;
    double *matrix = support->matrix;
    support->slot[asset] = -1;
    support->count--;
    if (hole == last)
        return;
    memcpy(matrix + hole * ld, matrix + last * ld, (support->extra + last) * sizeof *matrix);
    for (size_t s = 0; s < last; s++)
        matrix[support->extra + hole + s * ld] = matrix[support->extra + last + s * ld];
    matrix[support->extra + hole + hole * ld] = matrix[support->extra + last + last * ld];
    for (size_t i = 0; i < support->rows; i++)
        support->transposed[hole + i * ld] = support->transposed[last + i * ld];
    support->asset[hole] = support->asset[last];
    support->slot[support->asset[hole]] = (int32_t)hole;
}

void mvoi_support_activity(mvoi_support *support, const double *w, double *activity)
{
    for (size_t s = 0; s < support->count; s++)
        support->x[s] = w[support->asset[s]];
    memset(support->high, 0, support->extra * sizeof(double));
    support->kernels->gemv(support->extra, support->count, support->matrix, support->ld, support->x, support->high);
    memcpy(activity, support->high, support->rows * sizeof *activity);
}

void mvoi_support_residual(mvoi_support *support, const double *w, const double *y, size_t m)
{
    const size_t count = support->count, extra = support->extra, all = extra + count;
    int32_t active[MVOI_SUPPORT_ROWS];
    double multiplier[MVOI_SUPPORT_ROWS];
    size_t active_count = 0;
    for (size_t s = 0; s < count; s++)
        support->x[s] = w[support->asset[s]];
    memset(support->high, 0, all * sizeof(double));
    memset(support->low, 0, all * sizeof(double));
    support->kernels->sweep_compensated(all, count, support->matrix, support->ld, support->identity, support->x,
                                        support->high, support->low);
    memcpy(support->total, support->high + extra, count * sizeof(double));
    memcpy(support->rest, support->low + extra, count * sizeof(double));
    for (size_t i = 0; i < m; i++) {
        if (y[i] != 0.0) {
            active[active_count] = (int32_t)i;
            multiplier[active_count++] = -y[i];
        }
    }
    if (active_count)
        support->kernels->sweep_compensated(count, active_count, support->transposed, support->ld, active, multiplier,
                                            support->total, support->rest);
}

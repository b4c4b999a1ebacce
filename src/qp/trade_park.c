/* SPDX-License-Identifier: MIT */
/* Weights that rest away from zero beside the list (see trade.h). */
#include "qp/trade.h"

#include <math.h>
#include <string.h>

/* t->moved times the columns of the weights in t->parked: over all weights into `product`, over the rows into `activity`. */
static void multiply(const mvoi_trade *t, const mvoi_problem *problem, size_t count, double *product, double *activity)
{
    const mvo_covariance *covariance = problem->covariance;
    memset(product, 0, t->n * sizeof *product);
    t->kernels->sweep(t->n, count, covariance->dense, covariance->ld, t->parked, t->moved, product);
    for (size_t i = 0; i < t->rows; i++) {
        const double *row = problem->rows + i * problem->ld_rows;
        activity[i] = 0.0;
        for (size_t k = 0; k < count; k++)
            activity[i] += row[t->parked[k]] * t->moved[k];
    }
}

void mvoi_trade_park_again(mvoi_trade *t, const mvoi_problem *problem)
{
    size_t count = 0;
    t->parked_size = 0.0;
    for (size_t j = 0; j < t->n; j++) {
        if (t->place[j] >= 0 || t->w[j] == 0.0)
            continue;
        t->parked[count] = (int32_t)j;
        t->moved[count++] = t->w[j];
        t->parked_size += t->deviation[j] * fabs(t->w[j]);
    }
    t->parked_count = count;
    if (count)
        multiply(t, problem, count, t->parked_product, t->parked_activity);
}

void mvoi_trade_add_parked(const mvoi_trade *t, double *values)
{
    for (size_t e = 0; e < t->rows; e++)
        values[e] += t->parked_activity[e];
    for (size_t e = t->rows; e < t->x->size; e++)
        values[e] += t->parked_product[t->asset[e]];
}

/* Weight j is one no more. */
static void unpark(mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    const mvo_covariance *covariance = problem->covariance;
    const double w = t->w[j];
    t->kernels->axpy(t->n, -w, covariance->dense + j * covariance->ld, t->parked_product);
    for (size_t i = 0; i < t->rows; i++)
        t->parked_activity[i] -= problem->rows[j + i * problem->ld_rows] * w;
    t->parked_size -= t->deviation[j] * fabs(w);
    t->parked_count--;
}

int mvoi_trade_take_up(mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    const size_t e = t->x->size;
    if (t->w[j] != 0.0)
        unpark(t, problem, j);
    if (!mvoi_trade_list(t, problem, j))
        return 0;
    t->x->value[e] = t->z[j];
    mvoi_trade_set_interval(t, problem, e);
    return 1;
}

/* What is left of the gradient of weight j, beside the list, at the other end of its segment; negative if that is not short, or
   too far. */
static double left_beyond(const mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    const double width = problem->upper[j] - problem->lower[j];
    return width <= t->dust ? t->sign[j] * t->z[j] - width * problem->covariance->diagonal[j] : -1.0;
}

int mvoi_trade_stays_beyond(const mvoi_trade *t, const mvoi_problem *problem, size_t j)
{
    const double left = left_beyond(t, problem, j);
    return left > 0.0 && left <= mvoi_trade_width(t, problem, j, -t->side[j]);
}

/* Of the weights in `found`, from `from` on, those that are better off there; how far they go into t->moved. */
static size_t find_flips(mvoi_trade *t, const mvoi_problem *problem, size_t from, size_t count)
{
    size_t flips = 0;
    for (size_t l = from; l < count; l++) {
        const size_t j = (size_t)t->found[l];
        if (!(left_beyond(t, problem, j) > 0.0))
            continue;
        t->moved[flips] = mvoi_trade_end(problem, j, -t->side[j]) - t->w[j];
        t->parked[flips++] = (int32_t)j;
    }
    return flips;
}

void mvoi_trade_flip(mvoi_trade *t, const mvoi_problem *problem, size_t from, size_t count)
{
    mvoi_exchange *x = t->x;
    double *own = t->own;
    const size_t flips = find_flips(t, problem, from, count);
    if (!flips)
        return;
    multiply(t, problem, flips, t->product, own);
    if (!t->parked_count) {
        memset(t->parked_product, 0, t->n * sizeof(double));
        memset(t->parked_activity, 0, t->rows * sizeof(double));
        t->parked_size = 0.0;
    }
    t->kernels->axpy(t->n, 1.0, t->product, t->parked_product);
    t->kernels->axpy(t->rows, 1.0, own, t->parked_activity);
    for (size_t f = 0; f < flips; f++) {
        const size_t j = (size_t)t->parked[f];
        const double from = t->w[j];
        t->side[j] = -t->side[j];
        t->sign[j] = (double)t->side[j];
        t->w[j] = mvoi_trade_end(problem, j, t->side[j]);
        t->parked_size += t->deviation[j] * (fabs(t->w[j]) - fabs(from));
        t->parked_count += (size_t)(t->w[j] != 0.0) - (size_t)(from != 0.0);
    }
    for (size_t e = t->rows; e < x->size; e++)
        own[e] = t->product[t->asset[e]];
    memset(own + x->size, 0, (x->padded - x->size) * sizeof *own);
    for (size_t s = 0; s < x->count; s++)
        x->factor[s] = -own[x->basis[s]];
    x->kernels->respond(x->padded, x->count, x->responses, x->ld, x->factor, own, x->outside, x->column);
    x->kernels->axpy(x->padded, 1.0, x->column, x->value);
}

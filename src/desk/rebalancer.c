/* SPDX-License-Identifier: MIT */
/* The handle of a rebalancer: made, its portfolio and its assets told, its answers read. */
#include "desk/rebalancer.h"

#include "desk/check.h"

#include <math.h>
#include <string.h>

static const double LARGEST_CARRY = 1e100; /* so that it stays a number for any ticks, times any weight */

/* ------------------------------------------------------------------------------------------------ making */

static double *piece(double *base, size_t *used, size_t count)
{
    double *start = base ? base + *used : NULL;
    *used += (count + 7) / 8 * 8;
    return start;
}

static void lay_out_limits(mvoi_limits *limits, const mvo_rebalancer *r, double *base, size_t *used)
{
    limits->lower = piece(base, used, r->n);
    limits->upper = piece(base, used, r->n);
    limits->row_lower = piece(base, used, r->m);
    limits->row_upper = piece(base, used, r->m);
}

/* Hands out pieces of one block: first counted with base = NULL, then for good. */
static size_t lay_out(mvo_rebalancer *r, double *base)
{
    double **const vectors[] = { &r->volatility, &r->own_mean, &r->mean,     &r->carry,   &r->last,
                                 &r->seen,       &r->refused,  &r->returns,  &r->elapsed, &r->unchanged,
                                 &r->holdings,   &r->target,   &r->standing, &r->trades,  &r->bound_unit,
                                 &r->borrow,     &r->calm,     &r->risky,    &r->product, &r->pull };
    size_t used = 0;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = piece(base, &used, r->n);
    r->row_unit = piece(base, &used, r->m);
    lay_out_limits(&r->kept, r, base, &used);
    lay_out_limits(&r->used, r, base, &used);
    return used;
}

static int claim(mvo_rebalancer *r)
{
    const size_t n = r->n, m = r->m, count = lay_out(r, NULL);
    r->numbers = mvoi_allocate(r->context, count, sizeof(double));
    r->integers = mvoi_allocate(r->context, 3 * n + m, sizeof(int32_t));
    if (!r->numbers || !r->integers)
        return 0;
    memset(r->numbers, 0, count * sizeof(double));
    memset(r->integers, 0, (3 * n + m) * sizeof(int32_t));
    lay_out(r, r->numbers);
    r->state = r->integers;
    r->role = r->integers + n;
    r->bound_class = r->integers + 2 * n;
    r->row_class = r->integers + 3 * n;
    for (size_t j = 0; j < n; j++) {
        r->refused[j] = NAN;
        r->bound_unit[j] = 1.0;
    }
    for (size_t i = 0; i < m; i++)
        r->row_unit[i] = 1.0;
    return 1;
}

/* A handle such as the stream fills, of zeros, that a model may make one of full rank. */
static mvo_covariance *make_forecast(const mvo_rebalancer *r)
{
    mvo_covariance *made = mvoi_stream_handle(r->stream);
    if (!made)
        return NULL;
    const size_t elements = made->kind == MVOI_DENSE ? r->n * made->ld : r->n * made->k;
    memset(made->owned[0], 0, r->n * sizeof(double));
    memset(made->owned[1], 0, elements * sizeof(double));
    if (made->owned[2])
        memset(made->owned[2], 0, r->n * sizeof(double));
    if (made->kind == MVOI_DENSE)
        made->rank_bound = r->n;
    return made;
}

static int make_engine(mvo_rebalancer *r, const mvo_constraints *constraints, int32_t flags)
{
    for (size_t k = 0; k < 2; k++)
        if (!(r->forecast[k] = make_forecast(r)))
            return 0;
    if (r->forecast[0]->kind == MVOI_DENSE && !mvoi_semidefinite_room_new(&r->room, r->context, r->n))
        return 0;
    if (!(flags & MVO_REBALANCER_IMPACT))
        return mvo_solver_new(&r->solver, r->context, r->forecast[0], constraints, NULL) == MVO_OK;
    r->scaled = make_forecast(r);
    if (!r->scaled || mvo_impact_new(&r->impact, r->context, r->scaled, constraints, NULL) != MVO_OK)
        return 0;
    r->solver = mvo_impact_solver(r->impact);
    return 1;
}

static mvo_status check_new(mvo_rebalancer *const *rebalancer, mvo_context *context, const mvo_stream *stream,
                            const mvo_constraints *constraints, int32_t flags, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(context, error, "rebalancer");
    if (!stream)
        return mvoi_fail_null(context, error, "stream");
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    mvoi_detail detail = { "flags", -1, -1, (double)flags, 0.0 };
    if (flags & ~MVO_REBALANCER_IMPACT)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "flags is %d, which is none of MVO_REBALANCER_...",
                         (int)flags);
    detail = (mvoi_detail){ "constraints", -1, -1, (double)constraints->n, (double)stream->n };
    if (constraints->n != stream->n)
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail,
                         "the stream has %zu assets, the constraint set %zu", stream->n, constraints->n);
    return MVO_OK;
}

mvo_status mvo_rebalancer_new(mvo_rebalancer **rebalancer, mvo_context *context, mvo_stream *stream,
                              const mvo_constraints *constraints, int32_t flags, mvo_error *error)
{
    const mvo_status checked = check_new(rebalancer, context, stream, constraints, flags, error);
    if (checked != MVO_OK)
        return checked;
    mvo_rebalancer *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return mvoi_fail_memory(context, error, "a rebalancer");
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    made->n = constraints->n;
    made->m = constraints->row_count;
    made->stream = stream;
    if (!claim(made) || !make_engine(made, constraints, flags)) {
        made->stream = NULL; /* it stays the caller's */
        mvo_rebalancer_free(made);
        return mvoi_fail_memory(context, error, "a rebalancer");
    }
    mvoi_rebalancer_standard(made);
    memcpy(made->holdings, constraints->holdings, made->n * sizeof(double));
    memcpy(made->target, constraints->holdings, made->n * sizeof(double));
    made->value = made->base = 1.0;
    made->delay = -1;
    made->tick = (mvo_tick)MVO_TICK_INIT;
    *rebalancer = made;
    return MVO_OK;
}

void mvo_rebalancer_free(mvo_rebalancer *rebalancer)
{
    if (!rebalancer)
        return;
    mvo_context *context = rebalancer->context;
    if (rebalancer->impact)
        mvo_impact_free(rebalancer->impact);
    else
        mvo_solver_free(rebalancer->solver);
    mvo_covariance_unref(rebalancer->scaled);
    mvo_covariance_unref(rebalancer->forecast[0]);
    mvo_covariance_unref(rebalancer->forecast[1]);
    mvoi_semidefinite_room_free(&rebalancer->room, context);
    mvo_stream_free(rebalancer->stream);
    mvoi_release(context, rebalancer->numbers);
    mvoi_release(context, rebalancer->integers);
    mvoi_release(context, rebalancer);
    mvo_context_unref(context);
}

size_t mvo_rebalancer_size(const mvo_rebalancer *rebalancer)
{
    return rebalancer ? rebalancer->n : 0;
}

mvo_solver *mvo_rebalancer_solver(mvo_rebalancer *rebalancer)
{
    return rebalancer ? rebalancer->solver : NULL;
}

mvo_impact *mvo_rebalancer_impact(mvo_rebalancer *rebalancer)
{
    return rebalancer ? rebalancer->impact : NULL;
}

const mvo_covariance *mvo_rebalancer_covariance(const mvo_rebalancer *rebalancer)
{
    return rebalancer ? rebalancer->forecast[rebalancer->current] : NULL;
}

/* ------------------------------------------------------------------------------------------------ telling */

mvo_status mvo_rebalancer_set_guard_seed(mvo_rebalancer *rebalancer, uint64_t seed, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    rebalancer->random = seed;
    return MVO_OK;
}

mvo_status mvo_rebalancer_set_model(mvo_rebalancer *rebalancer, mvo_forecast_fn model, void *user, int32_t parts,
                                    mvo_error *error)
{
    enum { MATRIX = MVO_FORECAST_VOLATILITY | MVO_FORECAST_CORRELATION | MVO_FORECAST_COVARIANCE };
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    const int alone =
        !(parts & MVO_FORECAST_COVARIANCE) || !(parts & (MVO_FORECAST_VOLATILITY | MVO_FORECAST_CORRELATION));
    const mvoi_detail detail = { "parts", -1, -1, (double)parts, 0.0 };
    if (model && (parts <= 0 || parts & ~(MATRIX | MVO_FORECAST_MEAN) || !alone))
        return mvoi_fail(
            rebalancer->context, error, MVO_ERROR_ARGUMENT, detail,
            "parts is %d, which is no combination of MVO_FORECAST_... (a covariance goes with a mean alone)",
            (int)parts);
    if (model && (parts & MATRIX) && rebalancer->forecast[0]->kind != MVOI_DENSE)
        return mvoi_fail(rebalancer->context, error, MVO_ERROR_ARGUMENT, detail,
                         "the stream keeps its periods, not a matrix: a model of it can make means only");
    rebalancer->model = model;
    rebalancer->user = user;
    rebalancer->parts = model ? parts : 0;
    return MVO_OK;
}

mvo_status mvo_rebalancer_set_carry(mvo_rebalancer *rebalancer, const double *carry, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    const mvo_status status = carry ? mvoi_desk_vector(rebalancer->context, error, "carry", carry, rebalancer->n,
                                                       -LARGEST_CARRY, LARGEST_CARRY)
                                    : MVO_OK;
    for (size_t j = 0; status == MVO_OK && j < rebalancer->n; j++)
        rebalancer->carry[j] = carry ? carry[j] : 0.0;
    return status;
}

mvo_status mvo_rebalancer_set_asset(mvo_rebalancer *rebalancer, size_t asset, int32_t state, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    const mvo_status status = mvoi_check_asset(rebalancer->solver->snapshot, asset, error);
    if (status != MVO_OK)
        return status;
    const mvoi_detail detail = { "state", (int64_t)asset, -1, (double)state, 0.0 };
    if (state < MVO_ASSET_TRADED || state > MVO_ASSET_CLOSED)
        return mvoi_fail(rebalancer->context, error, MVO_ERROR_ARGUMENT, detail, "state is %d, none of MVO_ASSET_...",
                         (int)state);
    rebalancer->state[asset] = state;
    return MVO_OK;
}

static mvo_status find_limit(size_t *place, const mvo_rebalancer *r, int32_t kind, int64_t id, mvo_error *error)
{
    const mvo_constraints *set = r->solver->snapshot;
    if (kind == MVO_CONFLICT_BOUND) {
        *place = (size_t)id;
        return mvoi_check_asset(set, (size_t)id, error);
    }
    mvoi_detail detail = { "kind", -1, -1, (double)kind, 0.0 };
    if (kind != MVO_CONFLICT_ROW)
        return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, detail,
                         "kind is %d, neither MVO_CONFLICT_ROW nor MVO_CONFLICT_BOUND", (int)kind);
    *place = mvoi_constraints_find(set, id);
    detail = (mvoi_detail){ "id", -1, -1, (double)id, 0.0 };
    if (*place == r->m)
        return mvoi_fail(r->context, error, MVO_ERROR_NOT_FOUND, detail, "the rebalancer has no row with id %lld",
                         (long long)id);
    return MVO_OK;
}

mvo_status mvo_rebalancer_set_priority(mvo_rebalancer *rebalancer, int32_t kind, int64_t id, int32_t priority,
                                       double unit, mvo_error *error)
{
    size_t place = 0;
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    mvo_status status = find_limit(&place, rebalancer, kind, id, error);
    const mvoi_detail detail = { "priority", -1, -1, (double)priority, 0.0 };
    if (status == MVO_OK && priority < 0)
        status = mvoi_fail(rebalancer->context, error, MVO_ERROR_ARGUMENT, detail, "priority is %d, less than 0",
                           (int)priority);
    if (status == MVO_OK)
        status = mvoi_desk_number(rebalancer->context, error, "unit", unit, 0x1p-500, 0x1p500);
    if (status != MVO_OK)
        return status;
    (kind == MVO_CONFLICT_ROW ? rebalancer->row_class : rebalancer->bound_class)[place] = priority;
    (kind == MVO_CONFLICT_ROW ? rebalancer->row_unit : rebalancer->bound_unit)[place] = unit;
    rebalancer->yielding = 0;
    for (size_t i = 0; i < rebalancer->m; i++)
        rebalancer->yielding |= rebalancer->row_class[i] > 0;
    for (size_t j = 0; j < rebalancer->n; j++)
        rebalancer->yielding |= rebalancer->bound_class[j] > 0;
    return MVO_OK;
}

mvo_status mvo_rebalancer_set_holdings(mvo_rebalancer *rebalancer, const double *holdings, double value,
                                       mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    mvo_status status = mvoi_desk_vector(rebalancer->context, error, "holdings", holdings, rebalancer->n,
                                         -MVOI_LARGEST_WEIGHT, MVOI_LARGEST_WEIGHT);
    if (status == MVO_OK)
        status = mvoi_desk_number(rebalancer->context, error, "value", value, 0x1p-1000, 0x1p1000);
    if (status != MVO_OK)
        return status;
    memcpy(rebalancer->holdings, holdings, rebalancer->n * sizeof *holdings);
    rebalancer->value = rebalancer->base = value;
    rebalancer->spanned = 0.0; /* what was paid before is in the value */
    rebalancer->ruined = 0;
    return MVO_OK;
}

/* Whether holdings stay weights that can drift. */
static mvo_status check_filled(const mvo_rebalancer *r, const double *trades, mvo_error *error)
{
    for (size_t j = 0; j < r->n; j++) {
        const mvoi_detail detail = { "trades", (int64_t)j, -1, trades[j], MVOI_LARGEST_WEIGHT };
        const double filled = r->holdings[j] + trades[j];
        if (fabs(trades[j]) > MVOI_LARGEST_WEIGHT || fabs(filled) > MVOI_LARGEST_WEIGHT)
            return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, detail,
                             "trades[%zu] is %g: it, or the weight %g after it, is larger in size than %g", j,
                             trades[j], filled, MVOI_LARGEST_WEIGHT);
    }
    return MVO_OK;
}

/* Whether a cost, beside those told since the last tick, leaves an equity. After ruin there is none to be left. */
static mvo_status check_paid(const mvo_rebalancer *r, double cost, mvo_error *error)
{
    const mvoi_detail detail = { "cost", -1, -1, cost, 1.0 };
    const double left = r->value - cost * r->base;
    if (!isfinite(cost))
        return mvoi_fail(r->context, error, MVO_ERROR_NOT_FINITE, detail, "cost is %g", cost);
    if (cost >= 1.0 || (!r->ruined && !(left > 0.0)))
        return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, detail,
                         "cost is %g of the last tick's equity, not less than what is left of it", cost);
    if (cost < -MVOI_LARGEST_WEIGHT || !isfinite(left))
        return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, detail,
                         "cost is %g of the last tick's equity, a gain beyond all numbers", cost);
    return MVO_OK;
}

mvo_status mvo_rebalancer_fill(mvo_rebalancer *rebalancer, const double *trades, double cost, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    mvo_status status = mvoi_check_vector(rebalancer->context, error, "trades", trades, rebalancer->n);
    if (status == MVO_OK)
        status = check_filled(rebalancer, trades, error);
    if (status == MVO_OK)
        status = check_paid(rebalancer, cost, error);
    if (status == MVO_OK && mvoi_rebalancer_option(rebalancer, MVO_REBALANCER_FILLS) != (double)MVO_FILLS_CONFIRMED)
        status = mvoi_fail(rebalancer->context, error, MVO_ERROR_STATE, MVOI_DETAIL("rebalancer"),
                           "trades count as filled as asked: MVO_REBALANCER_FILLS is not MVO_FILLS_CONFIRMED");
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < rebalancer->n; j++)
        rebalancer->holdings[j] += trades[j];
    rebalancer->value -= cost * rebalancer->base;
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------------------ reading */

static mvo_status read_vector(double *vector, const mvo_rebalancer *r, const double *from)
{
    memcpy(vector, from, r->n * sizeof *vector);
    return MVO_OK;
}

mvo_status mvo_rebalancer_weights(double *weights, const mvo_rebalancer *rebalancer)
{
    return weights && rebalancer ? read_vector(weights, rebalancer, rebalancer->target) : MVO_ERROR_NULL;
}

mvo_status mvo_rebalancer_trades(double *trades, const mvo_rebalancer *rebalancer)
{
    return trades && rebalancer ? read_vector(trades, rebalancer, rebalancer->trades) : MVO_ERROR_NULL;
}

mvo_status mvo_rebalancer_holdings(double *holdings, const mvo_rebalancer *rebalancer)
{
    return holdings && rebalancer ? read_vector(holdings, rebalancer, rebalancer->holdings) : MVO_ERROR_NULL;
}

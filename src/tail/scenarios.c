/* SPDX-License-Identifier: MIT */
/* The scenario handle: made from a table, read, shared. */
#include "tail/scenarios.h"
#include "covariance/make.h"

#include <math.h>
#include <string.h>

static const double PROBABILITY_SUM = 1e-9; /* how far from 1 probabilities may add up */

/* An empty handle with one reference and room for the probabilities; NULL without memory. */
static mvo_scenarios *make_empty(mvo_context *context, size_t count, size_t n)
{
    mvo_scenarios *made = mvoi_allocate(context, 1, sizeof *made);
    double *probabilities = mvoi_allocate(context, count, sizeof *probabilities);
    if (!made || !probabilities) {
        mvoi_release(context, probabilities);
        mvoi_release(context, made);
        return NULL;
    }
    memset(made, 0, sizeof *made);
    made->context = mvo_context_ref(context);
    atomic_init(&made->references, 1);
    made->count = count;
    made->n = n;
    made->probabilities = probabilities;
    return made;
}

static mvo_status check_probabilities(mvo_context *context, mvo_error *error, const double *probabilities, size_t count)
{
    double sum = 0.0;
    mvo_status status = mvoi_check_vector(context, error, "probabilities", probabilities, count);
    if (status != MVO_OK)
        return status;
    for (size_t s = 0; s < count; s++) {
        const mvoi_detail detail = { "probabilities", (int64_t)s, -1, probabilities[s], 0.0 };
        if (probabilities[s] < 0.0)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "probabilities[%zu] is %g, less than 0", s,
                             probabilities[s]);
        sum += probabilities[s];
    }
    const mvoi_detail detail = { "probabilities", -1, -1, sum, 1.0 };
    if (fabs(sum - 1.0) > PROBABILITY_SUM)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "probabilities add up to %.12g, not to 1", sum);
    return MVO_OK;
}

static mvo_status check_table(mvo_context *context, mvo_error *error, const double *returns, size_t count, size_t n,
                              size_t ld)
{
    for (size_t j = 0; j < n; j++) {
        const double *column = returns + j * ld;
        if (mvoi_all_finite(column, count))
            continue;
        const size_t s = mvoi_find_not_finite(column, count, 0);
        if (s < count)
            return mvoi_fail_entry(context, error, "returns", s, j, column[s]);
    }
    return MVO_OK;
}

static mvo_status check_shape(mvo_context *context, mvo_error *error, const char *rows_name, size_t rows, size_t n,
                              const double *returns, size_t ld)
{
    if (rows == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(rows_name), "%s is 0", rows_name);
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (!returns)
        return mvoi_fail_null(context, error, "returns");
    return mvoi_check_leading(context, error, "ld", ld, rows_name, rows, n);
}

/* Room for an own table; 0 without memory. */
static int own_table(mvo_scenarios *made)
{
    made->ld = mvoi_padded(made->count);
    if (made->ld < made->count || made->n > SIZE_MAX / sizeof(double) / made->ld)
        return 0;
    made->owned = mvoi_allocate(made->context, made->ld * made->n, sizeof *made->owned);
    made->returns = made->owned;
    for (size_t j = 0; made->owned && j < made->n; j++)
        for (size_t s = made->count; s < made->ld; s++)
            made->owned[s + j * made->ld] = 0.0;
    return made->owned != NULL;
}

mvo_scenarios *mvoi_scenarios_allocate(mvo_context *context, size_t count, size_t n)
{
    mvo_scenarios *made = make_empty(context, count, n);
    if (made && own_table(made))
        return made;
    mvo_scenarios_unref(made);
    return NULL;
}

mvo_status mvo_scenarios_new(mvo_scenarios **scenarios, mvo_context *context, size_t count, size_t n,
                             const double *returns, size_t ld, const double *probabilities, int32_t flags,
                             mvo_error *error)
{
    int32_t level = MVO_CHECK_ALL;
    int borrow = 0;
    if (!scenarios)
        return mvoi_fail_null(context, error, "scenarios");
    mvo_status status = check_shape(context, error, "count", count, n, returns, ld);
    if (status == MVO_OK)
        status = mvoi_check_flags(&level, &borrow, context, error, flags, 1);
    if (status == MVO_OK && level != MVO_CHECK_NONE)
        status = check_table(context, error, returns, count, n, ld);
    if (status == MVO_OK && level != MVO_CHECK_NONE && probabilities)
        status = check_probabilities(context, error, probabilities, count);
    if (status != MVO_OK)
        return status;
    mvo_scenarios *made = make_empty(context, count, n);
    if (!made || (!borrow && !own_table(made))) {
        mvo_scenarios_unref(made);
        return mvoi_fail_memory(context, error, "scenarios");
    }
    if (borrow) {
        made->returns = returns;
        made->ld = ld;
    }
    for (size_t j = 0; !borrow && j < n; j++)
        memcpy(made->owned + j * made->ld, returns + j * ld, count * sizeof *returns);
    for (size_t s = 0; s < count; s++)
        made->probabilities[s] = probabilities ? probabilities[s] : 1.0 / (double)count;
    *scenarios = made;
    return MVO_OK;
}

/* ---------------------------------------------------------------------------------------- bootstrap */

/* splitmix64: Steele, Lea & Flood (2014). */
static uint64_t next_bits(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Uniform over 0 .. count - 1: the draws that would favour small numbers are thrown away. */
static size_t draw_below(uint64_t *state, size_t count)
{
    const uint64_t range = (uint64_t)count, least = (UINT64_MAX - range + 1) % range;
    uint64_t bits;
    do
        bits = next_bits(state);
    while (bits < least);
    return (size_t)(bits % range);
}

/* The period that follows `last`; `left` counts what remains of a moving block. */
static size_t next_period(uint64_t *state, size_t *left, size_t last, size_t periods, int32_t kind, size_t block)
{
    if (kind == MVO_BOOTSTRAP_IID)
        return draw_below(state, periods);
    if (kind == MVO_BOOTSTRAP_MOVING) {
        if (*left) {
            --*left;
            return last + 1;
        }
        *left = block - 1;
        return draw_below(state, periods - block + 1);
    }
    if (*left && draw_below(state, block)) /* goes on with probability 1 - 1 / block */
        return last + 1 < periods ? last + 1 : 0;
    *left = 1; /* from the second draw on there is a block to go on with */
    return draw_below(state, periods);
}

static mvo_status check_bootstrap(mvo_context *context, mvo_error *error, size_t count, size_t periods, int32_t kind,
                                  size_t block)
{
    mvoi_detail detail = { "kind", -1, -1, (double)kind, 0.0 };
    if (count == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("count"), "count is 0");
    if (kind < MVO_BOOTSTRAP_IID || kind > MVO_BOOTSTRAP_STATIONARY)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "kind is %d, which is no bootstrap", (int)kind);
    detail = (mvoi_detail){ "block", -1, -1, (double)block, (double)periods };
    if (kind != MVO_BOOTSTRAP_IID && (block < 1 || block > periods))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "block is %zu, not from 1 to periods = %zu", block,
                         periods);
    return MVO_OK;
}

mvo_status mvo_scenarios_new_bootstrap(mvo_scenarios **scenarios, mvo_context *context, size_t count, size_t periods,
                                       size_t n, const double *returns, size_t ld, int32_t kind, size_t block,
                                       int64_t seed, mvo_error *error)
{
    if (!scenarios)
        return mvoi_fail_null(context, error, "scenarios");
    mvo_status status = check_shape(context, error, "periods", periods, n, returns, ld);
    if (status == MVO_OK)
        status = check_bootstrap(context, error, count, periods, kind, block);
    if (status == MVO_OK)
        status = check_table(context, error, returns, periods, n, ld);
    if (status != MVO_OK)
        return status;
    mvo_scenarios *made = mvoi_scenarios_allocate(context, count, n);
    if (!made)
        return mvoi_fail_memory(context, error, "scenarios");
    uint64_t state = (uint64_t)seed;
    size_t left = 0, period = 0;
    for (size_t s = 0; s < count; s++) {
        period = next_period(&state, &left, period, periods, kind, block);
        made->probabilities[s] = 1.0 / (double)count;
        for (size_t j = 0; j < n; j++)
            made->owned[s + j * made->ld] = returns[period + j * ld];
    }
    *scenarios = made;
    return MVO_OK;
}

/* ---------------------------------------------------------------------------------------- the handle */

mvo_scenarios *mvo_scenarios_ref(mvo_scenarios *scenarios)
{
    if (scenarios)
        atomic_fetch_add_explicit(&scenarios->references, 1, memory_order_relaxed);
    return scenarios;
}

void mvo_scenarios_unref(mvo_scenarios *scenarios)
{
    if (!scenarios || atomic_fetch_sub_explicit(&scenarios->references, 1, memory_order_acq_rel) != 1)
        return;
    mvo_context *context = scenarios->context;
    mvoi_release(context, scenarios->owned);
    mvoi_release(context, scenarios->probabilities);
    mvoi_release(context, scenarios);
    mvo_context_unref(context);
}

size_t mvo_scenarios_count(const mvo_scenarios *scenarios)
{
    return scenarios ? scenarios->count : 0;
}

size_t mvo_scenarios_size(const mvo_scenarios *scenarios)
{
    return scenarios ? scenarios->n : 0;
}

mvo_status mvo_scenarios_returns(double *returns, size_t ld, double *probabilities, const mvo_scenarios *scenarios,
                                 mvo_error *error)
{
    if (!scenarios)
        return mvoi_fail_null(NULL, error, "scenarios");
    const size_t count = scenarios->count;
    if (returns) {
        const mvo_status status =
            mvoi_check_leading(scenarios->context, error, "ld", ld, "the number of scenarios", count, scenarios->n);
        if (status != MVO_OK)
            return status;
        for (size_t j = 0; j < scenarios->n; j++)
            memcpy(returns + j * ld, scenarios->returns + j * scenarios->ld, count * sizeof *returns);
    }
    if (probabilities)
        memcpy(probabilities, scenarios->probabilities, count * sizeof *probabilities);
    return MVO_OK;
}

void mvoi_scenarios_combine(double *out, const mvo_scenarios *scenarios, const double *x)
{
    for (size_t j = 0; j < scenarios->n; j++) {
        const double *column = scenarios->returns + j * scenarios->ld;
        double even = 0.0, odd = 0.0;
        size_t s = 0;
        for (; s + 2 <= scenarios->count; s += 2) {
            even += column[s] * x[s];
            odd += column[s + 1] * x[s + 1];
        }
        out[j] = even + odd + (s < scenarios->count ? column[s] * x[s] : 0.0);
    }
}

mvo_status mvo_scenarios_mean(double *mean, const mvo_scenarios *scenarios, mvo_error *error)
{
    if (!scenarios)
        return mvoi_fail_null(NULL, error, "scenarios");
    if (!mean)
        return mvoi_fail_null(scenarios->context, error, "mean");
    mvoi_scenarios_combine(mean, scenarios, scenarios->probabilities);
    return MVO_OK;
}

void mvoi_scenarios_portfolio(double *portfolio, const mvo_scenarios *scenarios, const double *weights)
{
    for (size_t s = 0; s < scenarios->count; s++)
        portfolio[s] = 0.0;
    for (size_t j = 0; j < scenarios->n; j++) {
        const double *column = scenarios->returns + j * scenarios->ld, weight = weights[j];
        if (weight == 0.0)
            continue;
        for (size_t s = 0; s < scenarios->count; s++)
            portfolio[s] += weight * column[s];
    }
}

mvo_status mvo_scenarios_portfolio(double *returns, const mvo_scenarios *scenarios, const double *weights,
                                   mvo_error *error)
{
    if (!scenarios)
        return mvoi_fail_null(NULL, error, "scenarios");
    if (!returns)
        return mvoi_fail_null(scenarios->context, error, "returns");
    const mvo_status status = mvoi_check_vector(scenarios->context, error, "weights", weights, scenarios->n);
    if (status != MVO_OK)
        return status;
    mvoi_scenarios_portfolio(returns, scenarios, weights);
    return MVO_OK;
}

/* SPDX-License-Identifier: MIT */
/* Regimes: the handle that holds a fitted hidden Markov model, and its forecast of the next period. */
#include "estimate/assemble.h"
#include "estimate/regimes.h"

#include <math.h>
#include <string.h>

struct mvo_regimes {
    mvo_context *context; /* holds a reference; may be NULL */
    size_t n, periods, states;
    double log_likelihood;
    double transition[MVOI_MOST_STATES][MVOI_MOST_STATES];
    double *means, *filtered, *smoothed;           /* n-by-states, periods-by-states twice */
    mvo_covariance *covariances[MVOI_MOST_STATES]; /* of each state */
};

void mvo_regimes_free(mvo_regimes *regimes)
{
    if (!regimes)
        return;
    mvo_context *context = regimes->context;
    for (size_t k = 0; k < regimes->states; k++)
        mvo_covariance_unref(regimes->covariances[k]);
    mvoi_release(context, regimes->means);
    mvoi_release(context, regimes->filtered);
    mvoi_release(context, regimes->smoothed);
    mvoi_release(context, regimes);
    mvo_context_unref(context);
}

/* Takes the answer out of the model: its arrays change hands. */
static mvo_status keep(mvo_regimes **regimes, mvo_context *context, mvoi_markov *m, mvo_error *error)
{
    const size_t n = m->table.n;
    mvo_regimes *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return mvoi_fail_memory(context, error, "regimes");
    *made =
        (mvo_regimes){ .context = mvo_context_ref(context), .n = n, .periods = m->table.periods, .states = m->states };
    made->log_likelihood = m->log_likelihood;
    memcpy(made->transition, m->transition, sizeof made->transition);
    mvo_status status = MVO_OK;
    for (size_t k = 0; k < m->states && status == MVO_OK; k++) {
        mvoi_assembly assembly = { .made = NULL };
        status = mvoi_assembly_dense(&assembly, context, error, n, "regimes");
        if (status != MVO_OK)
            break;
        for (size_t j = 0; j < n; j++)
            memcpy(assembly.matrix + j + j * assembly.ld, m->scatters + j + j * n + k * n * n,
                   (n - j) * sizeof *assembly.matrix);
        status = mvoi_assembly_finish(&made->covariances[k], &assembly, error, 0);
    }
    if (status != MVO_OK) {
        mvo_regimes_free(made);
        return status;
    }
    made->means = m->means;
    made->filtered = m->filtered;
    made->smoothed = m->smoothed;
    m->means = m->filtered = m->smoothed = NULL;
    *regimes = made;
    return MVO_OK;
}

/* Relative gains in likelihood at which EM rests: while starts are compared, and for the answer. */
#define ENOUGH_TO_COMPARE 1e-8
#define ENOUGH 1e-12

/* The best of the answers EM reaches from its starts; 0 where none is left. */
static int best_fit(mvoi_markov *m)
{
    size_t best = 0;
    double largest = -HUGE_VAL;
    int found = 0;
    for (size_t start = 0; start < MVOI_MARKOV_STARTS; start++)
        if (mvoi_markov_fit(m, start, ENOUGH_TO_COMPARE) && m->log_likelihood > largest) {
            found = 1;
            best = start;
            largest = m->log_likelihood;
        }
    return found && mvoi_markov_fit(m, best, ENOUGH);
}

static mvo_status check(mvo_context *context, mvo_error *error, const mvoi_table *table, size_t states)
{
    if (states < 2 || states > MVOI_MOST_STATES) {
        const mvoi_detail detail = { "states", -1, -1, (double)states, MVOI_MOST_STATES };
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "states is %zu, neither 2 nor 3", states);
    }
    const size_t least = table->n < SIZE_MAX / 8 ? states * (table->n + 2) : SIZE_MAX;
    mvo_status status = mvoi_returns_table_check(context, error, table, least);
    for (size_t j = 0; status == MVO_OK && j < table->n; j++) {
        const double *x = table->values + j * table->ld;
        size_t t = 1;
        while (t < table->periods && x[t] == x[0])
            t++;
        const mvoi_detail detail = { "returns", -1, (int64_t)j, x[0], 0.0 };
        if (t == table->periods)
            status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "column %zu of returns does not vary", j);
    }
    return status;
}

mvo_status mvo_regimes_new(mvo_regimes **regimes, mvo_context *context, size_t periods, size_t n, const double *returns,
                           size_t ld, size_t states, mvo_error *error)
{
    const mvoi_table table = { returns, periods, n, ld };
    mvoi_markov model;
    if (!regimes)
        return mvoi_fail_null(context, error, "regimes");
    mvo_status status = check(context, error, &table, states);
    if (status != MVO_OK)
        return status;
    if (!mvoi_markov_allocate(&model, context, &table, states))
        status = mvoi_fail_memory(context, error, "regimes");
    else if (!best_fit(&model))
        status = mvoi_fail(
            context, error, MVO_ERROR_SINGULAR, MVOI_DETAIL("returns"),
            "returns do not bear %zu regimes of %zu assets: a state vanishes or its covariance is singular", states, n);
    else
        status = keep(regimes, context, &model, error);
    mvoi_markov_release(&model, context);
    return status;
}

/* ----------------------------------------------------------------------------------------------- reading it out */

size_t mvo_regimes_count(const mvo_regimes *regimes)
{
    return regimes ? regimes->states : 0;
}

size_t mvo_regimes_size(const mvo_regimes *regimes)
{
    return regimes ? regimes->n : 0;
}

size_t mvo_regimes_periods(const mvo_regimes *regimes)
{
    return regimes ? regimes->periods : 0;
}

mvo_status mvo_regimes_log_likelihood(double *log_likelihood, const mvo_regimes *regimes, mvo_error *error)
{
    if (!log_likelihood)
        return mvoi_fail_null(regimes ? regimes->context : NULL, error, "log_likelihood");
    if (!regimes)
        return mvoi_fail_null(NULL, error, "regimes");
    *log_likelihood = regimes->log_likelihood;
    return MVO_OK;
}

mvo_status mvo_regimes_transition(double *transition, const mvo_regimes *regimes, mvo_error *error)
{
    if (!transition)
        return mvoi_fail_null(regimes ? regimes->context : NULL, error, "transition");
    if (!regimes)
        return mvoi_fail_null(NULL, error, "regimes");
    for (size_t i = 0; i < regimes->states; i++)
        for (size_t k = 0; k < regimes->states; k++)
            transition[i + k * regimes->states] = regimes->transition[i][k];
    return MVO_OK;
}

mvo_status mvo_regimes_probabilities(double *filtered, double *smoothed, size_t ld, const mvo_regimes *regimes,
                                     mvo_error *error)
{
    if (!regimes)
        return mvoi_fail_null(NULL, error, "regimes");
    const size_t periods = regimes->periods;
    const mvo_status status =
        mvoi_check_leading(regimes->context, error, "ld", ld, "periods", periods, regimes->states);
    for (size_t k = 0; status == MVO_OK && k < regimes->states; k++) {
        if (filtered)
            memcpy(filtered + k * ld, regimes->filtered + k * periods, periods * sizeof *filtered);
        if (smoothed)
            memcpy(smoothed + k * ld, regimes->smoothed + k * periods, periods * sizeof *smoothed);
    }
    return status;
}

static mvo_status check_state(const mvo_regimes *regimes, size_t state, mvo_error *error)
{
    const mvoi_detail detail = { "state", (int64_t)state, -1, (double)state, (double)regimes->states };
    if (state < regimes->states)
        return MVO_OK;
    return mvoi_fail(regimes->context, error, MVO_ERROR_ARGUMENT, detail, "state is %zu, of %zu", state,
                     regimes->states);
}

mvo_status mvo_regimes_state(double *means, mvo_covariance **covariance, const mvo_regimes *regimes, size_t state,
                             mvo_error *error)
{
    if (!regimes)
        return mvoi_fail_null(NULL, error, "regimes");
    const mvo_status status = check_state(regimes, state, error);
    if (status != MVO_OK)
        return status;
    if (means)
        memcpy(means, regimes->means + state * regimes->n, regimes->n * sizeof *means);
    if (covariance)
        *covariance = mvo_covariance_ref(regimes->covariances[state]);
    return MVO_OK;
}

mvo_status mvo_regimes_forecast(double *probabilities, double *means, mvo_covariance **covariance,
                                const mvo_regimes *regimes, mvo_error *error)
{
    if (!regimes)
        return mvoi_fail_null(NULL, error, "regimes");
    const size_t n = regimes->n, last = regimes->periods - 1;
    double next[MVOI_MOST_STATES] = { 0.0 };
    mvoi_assembly assembly = { .made = NULL };
    mvo_covariance *mixture = NULL;
    for (size_t i = 0; i < regimes->states; i++)
        for (size_t k = 0; k < regimes->states; k++)
            next[k] += regimes->filtered[last + i * regimes->periods] * regimes->transition[i][k];
    double *mean = mvoi_allocate(regimes->context, n, sizeof *mean);
    mvo_status status = mean ? mvoi_assembly_dense(&assembly, regimes->context, error, n, "a forecast")
                             : mvoi_fail_memory(regimes->context, error, "a forecast");
    if (status == MVO_OK) {
        for (size_t j = 0; j < n; j++) {
            mean[j] = 0.0;
            for (size_t k = 0; k < regimes->states; k++)
                mean[j] += next[k] * regimes->means[j + k * n];
        }
        for (size_t j = 0; j < n; j++)
            for (size_t i = j; i < n; i++) {
                double sum = 0.0;
                for (size_t k = 0; k < regimes->states; k++) {
                    const double *own = regimes->means + k * n;
                    sum += next[k] * (mvoi_covariance_entry(regimes->covariances[k], i, j) +
                                      (own[i] - mean[i]) * (own[j] - mean[j]));
                }
                assembly.matrix[i + j * assembly.ld] = sum;
            }
        status = mvoi_assembly_finish(&mixture, &assembly, error, 0);
    }
    if (status == MVO_OK && means)
        memcpy(means, mean, n * sizeof *means);
    for (size_t k = 0; status == MVO_OK && probabilities && k < regimes->states; k++)
        probabilities[k] = next[k];
    mvoi_release(regimes->context, mean);
    if (status == MVO_OK && covariance)
        *covariance = mixture;
    else
        mvo_covariance_unref(mixture);
    return status;
}

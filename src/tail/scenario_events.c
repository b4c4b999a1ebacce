/* SPDX-License-Identifier: MIT */
/* Scenarios joined with events that history does not have. */
#include "covariance/make.h"
#include "tail/scenarios.h"

#include <math.h>
#include <string.h>

static const double PROBABILITY_SUM = 1e-9; /* how far above 1 probabilities may add up (scenarios.c) */

static mvo_status check_events(const mvo_scenarios *scenarios, size_t count, const double *probability,
                               const double *shocks, size_t ld, mvo_error *error)
{
    mvo_context *context = scenarios->context;
    double sum = 0.0;
    if (count == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("count"), "count is 0");
    if (!shocks)
        return mvoi_fail_null(context, error, "shocks");
    mvo_status status = mvoi_check_vector(context, error, "probability", probability, count);
    if (status == MVO_OK)
        status = mvoi_check_leading(context, error, "ld", ld, "the number of assets", scenarios->n, count);
    if (status != MVO_OK)
        return status;
    for (size_t k = 0; k < count; k++) {
        const mvoi_detail of_event = { "probability", (int64_t)k, -1, probability[k], 0.0 };
        if (probability[k] < 0.0)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, of_event, "probability[%zu] is %g, less than 0", k,
                             probability[k]);
        sum += probability[k];
        for (size_t j = 0; j < scenarios->n; j++) {
            const double move = shocks[j + k * ld];
            const mvoi_detail detail = { "shocks", (int64_t)j, (int64_t)k, move, -1.0 };
            if (!isfinite(move))
                return mvoi_fail_entry(context, error, "shocks", j, k, move);
            if (move < -1.0)
                return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "shocks[%zu, %zu] is %g, less than -1", j,
                                 k, move);
        }
    }
    const mvoi_detail detail = { "probability", -1, -1, sum, 1.0 };
    if (sum > 1.0 + PROBABILITY_SUM)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "probability adds up to %.12g, more than 1", sum);
    return MVO_OK;
}

/* (1 + a)(1 + b) - 1, none below -1: -1 exactly where one of them is, however large the other. */
static double compound(double a, double b)
{
    return fabs(a) > fabs(b) ? b + a * (1.0 + b) : a + b * (1.0 + a);
}

/* The rows of an event, from `row` on: on each scenario given, or alone. Returns the first asset that overflows, or n. */
static size_t place_event(mvo_scenarios *made, const mvo_scenarios *given, size_t row, const double *shock,
                        double probability, int compounded)
{
    const size_t rows = compounded ? given->count : 1;
    for (size_t s = 0; s < rows; s++)
        made->probabilities[row + s] = probability * (compounded ? given->probabilities[s] : 1.0);
    for (size_t j = 0; j < given->n; j++)
        for (size_t s = 0; s < rows; s++) {
            const double before = compounded ? given->returns[s + j * given->ld] : 0.0;
            const double after = compound(before, shock[j]);
            if (!isfinite(after))
                return j;
            made->owned[row + s + j * made->ld] = after;
        }
    return given->n;
}

mvo_status mvo_scenarios_new_with_events(mvo_scenarios **with_events, mvo_context *context, const mvo_scenarios *given,
                                         size_t count, const double *probability, const double *shocks, size_t ld,
                                         int32_t kind, mvo_error *error)
{
    if (!with_events)
        return mvoi_fail_null(context, error, "with_events");
    if (!given)
        return mvoi_fail_null(context, error, "given");
    const mvoi_detail of_kind = { "kind", -1, -1, (double)kind, 0.0 };
    if (kind != MVO_EVENT_ALONE && kind != MVO_EVENT_COMPOUNDED)
        return mvoi_fail(given->context, error, MVO_ERROR_ARGUMENT, of_kind,
                         "kind is %d, which is no way to join events", (int)kind);
    mvo_status status = check_events(given, count, probability, shocks, ld, error);
    if (status != MVO_OK)
        return status;
    const size_t rows = kind == MVO_EVENT_COMPOUNDED ? given->count : 1;
    const int fits = count <= (SIZE_MAX / 16 - given->count) / rows;
    mvo_scenarios *made = fits ? mvoi_scenarios_allocate(context, given->count + count * rows, given->n) : NULL;
    if (!made)
        return mvoi_fail_memory(context, error, "scenarios with events");
    double quiet = 1.0;
    for (size_t k = 0; k < count; k++)
        quiet -= probability[k];
    for (size_t s = 0; s < given->count; s++)
        made->probabilities[s] = fmax(quiet, 0.0) * given->probabilities[s];
    for (size_t j = 0; j < given->n; j++)
        memcpy(made->owned + j * made->ld, given->returns + j * given->ld, given->count * sizeof *made->owned);
    for (size_t k = 0; status == MVO_OK && k < count; k++) {
        const size_t j = place_event(made, given, given->count + k * rows, shocks + k * ld, probability[k],
                                     kind == MVO_EVENT_COMPOUNDED);
        const mvoi_detail detail = { "shocks", (int64_t)j, (int64_t)k, j < given->n ? shocks[j + k * ld] : 0.0, 0.0 };
        if (j < given->n)
            status = mvoi_fail(given->context, error, MVO_ERROR_NOT_FINITE, detail,
                               "shocks[%zu, %zu] is %g: compounded with a return given it is no finite number", j, k,
                               detail.value);
    }
    if (status != MVO_OK) {
        mvo_scenarios_unref(made);
        return status;
    }
    *with_events = made;
    return MVO_OK;
}

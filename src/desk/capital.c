/* SPDX-License-Identifier: MIT */
/* What capital costs: rates told for one length of time and used for another, funding, margin loans, collateral. */
#include "constraints/constraints.h"
#include "desk/check.h"

#include <math.h>
#include <string.h>

static mvo_status check_length(mvo_error *error, const char *name, double length)
{
    const mvoi_detail detail = { name, -1, -1, length, 0.0 };
    if (length > 0.0 && isfinite(length))
        return MVO_OK;
    return mvoi_fail(NULL, error, isfinite(length) ? MVO_ERROR_ARGUMENT : MVO_ERROR_NOT_FINITE, detail,
                     "%s is %g: a length of time is positive", name, length);
}

mvo_status mvo_rates_convert(double *converted, size_t count, const double *rates, double from, double to,
                             int32_t compounding, mvo_error *error)
{
    if (!converted)
        return mvoi_fail_null(NULL, error, "converted");
    if (compounding != MVO_SIMPLE_INTEREST && compounding != MVO_COMPOUND_INTEREST) {
        const mvoi_detail detail = { "compounding", -1, -1, (double)compounding, 0.0 };
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "compounding is %d", (int)compounding);
    }
    mvo_status status = mvoi_desk_vector(NULL, error, "rates", rates, count, -HUGE_VAL, HUGE_VAL);
    if (status == MVO_OK)
        status = check_length(error, "from", from);
    if (status == MVO_OK)
        status = check_length(error, "to", to);
    for (size_t i = 0; status == MVO_OK && compounding == MVO_COMPOUND_INTEREST && i < count; i++) {
        const mvoi_detail detail = { "rates", (int64_t)i, -1, rates[i], -1.0 };
        if (rates[i] <= -1.0)
            return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "rates[%zu] is %g: nothing is left to compound", i,
                             rates[i]);
    }
    for (size_t i = 0; status == MVO_OK && i < count; i++)
        converted[i] = compounding == MVO_SIMPLE_INTEREST ? rates[i] * (to / from) : expm1(log1p(rates[i]) * (to / from));
    return status;
}

mvo_status mvo_mean_after_funding(double *after, size_t n, const double *mean, double period, const double *funding,
                                  double interval, mvo_error *error)
{
    if (!after)
        return mvoi_fail_null(NULL, error, "after");
    mvo_status status = mvoi_desk_vector(NULL, error, "mean", mean, n, -HUGE_VAL, HUGE_VAL);
    if (status == MVO_OK)
        status = check_length(error, "period", period);
    if (status == MVO_OK)
        status = mvoi_desk_vector(NULL, error, "funding", funding, n, -HUGE_VAL, HUGE_VAL);
    if (status == MVO_OK)
        status = check_length(error, "interval", interval);
    for (size_t j = 0; status == MVO_OK && j < n; j++)
        after[j] = mean[j] - funding[j] * (period / interval);
    return status;
}

/* Rates of a row over absolute values in one block of memory, above first. */
static double *make_rates(const mvo_constraints *set, mvo_error *error)
{
    double *rates = mvoi_allocate(set->context, 2, set->n * sizeof *rates);
    if (!rates)
        mvoi_fail_memory(set->context, error, "the rates of a row");
    return rates;
}

mvo_status mvo_constraints_add_margin_loan(int64_t *id, mvo_constraints *constraints, size_t loan, double equity,
                                           const double *shares, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const size_t n = constraints->n;
    mvo_status status = mvoi_check_asset(constraints, loan, error);
    if (status == MVO_OK)
        status = mvoi_desk_number(constraints->context, error, "equity", equity, -HUGE_VAL, HUGE_VAL);
    if (status == MVO_OK && shares)
        status = mvoi_desk_vector(constraints->context, error, "shares", shares, n, 0.0, HUGE_VAL);
    if (status != MVO_OK)
        return status;
    double *rates = make_rates(constraints, error);
    if (!rates)
        return MVO_ERROR_MEMORY;
    for (size_t j = 0; j < n; j++)
        rates[j] = rates[n + j] = shares ? shares[j] : 1.0;
    rates[loan] = -1.0;
    rates[n + loan] = 1.0;
    const double least = fmax(constraints->lower[loan], 0.0), most = constraints->upper[loan];
    char what[MVOI_DESCRIPTION_SIZE];
    status = mvoi_check_limits(constraints->context, error, mvoi_describe_asset(what, sizeof what, constraints, loan),
                               (int64_t)loan, least, most, 0);
    if (status == MVO_OK)
        status = mvo_constraints_add_absolute_rates(id, constraints, MVO_AROUND_ZERO, rates, rates + n, equity,
                                                    "margin loan", error);
    if (status == MVO_OK)
        constraints->lower[loan] = least;
    mvoi_release(constraints->context, rates);
    return status;
}

mvo_status mvo_constraints_add_collateral(int64_t *id, mvo_constraints *constraints, const double *margins,
                                          const double *haircuts, double cash, mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    const size_t n = constraints->n;
    mvo_status status = mvoi_desk_vector(constraints->context, error, "margins", margins, n, 0.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_desk_vector(constraints->context, error, "haircuts", haircuts, n, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_desk_number(constraints->context, error, "cash", cash, -HUGE_VAL, HUGE_VAL);
    if (status != MVO_OK)
        return status;
    double *rates = make_rates(constraints, error);
    if (!rates)
        return MVO_ERROR_MEMORY;
    for (size_t j = 0; j < n; j++) {
        rates[j] = margins[j] - (1.0 - haircuts[j]);
        rates[n + j] = margins[j] + (haircuts[j] < 1.0 ? 1.0 : 0.0);
    }
    status = mvo_constraints_add_absolute_rates(id, constraints, MVO_AROUND_ZERO, rates, rates + n, cash, "collateral",
                                                error);
    mvoi_release(constraints->context, rates);
    return status;
}

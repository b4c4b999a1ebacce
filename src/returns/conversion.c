/* SPDX-License-Identifier: MIT */
/* Prices to returns, and simple returns to log returns and back. Everything is checked before anything is written. */
#include "returns/returns.h"

#include <math.h>

/* The return from one price to the next. The difference of two near prices is exact, their quotient is not. */
static double price_return(double before, double after, int32_t kind)
{
    const double simple = (after - before) / before;
    if (kind == MVO_RETURNS_SIMPLE)
        return simple;
    return simple > -0.5 && simple < 1.0 ? log1p(simple) : log(after) - log(before);
}

static mvo_status check_price_returns(mvo_error *error, const mvoi_table *prices, int32_t kind)
{
    for (size_t j = 0; j < prices->n; j++)
        for (size_t t = 0; t + 1 < prices->rows; t++) {
            const double *price = prices->values + t + j * prices->ld;
            const mvoi_detail detail = { "prices", (int64_t)t + 1, (int64_t)j, price[1], 0.0 };
            if (!isfinite(price_return(price[0], price[1], kind)))
                return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail,
                                 "the return from prices[%zu, %zu] = %g to %g overflows", t, j, price[0], price[1]);
        }
    return MVO_OK;
}

mvo_status mvo_returns_from_prices(double *returns, size_t ld_returns, size_t periods, size_t n, const double *prices,
                                   size_t ld_prices, int32_t kind, mvo_error *error)
{
    const mvoi_detail detail = { "kind", -1, -1, (double)kind, 0.0 };
    const mvoi_table given = { "prices", "ld_prices", "periods + 1", prices, periods + 1, n, ld_prices };
    if (kind != MVO_RETURNS_SIMPLE && kind != MVO_RETURNS_LOG)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, detail, "kind is %d, which is no kind of returns", (int)kind);
    if (periods == 0 || periods == SIZE_MAX)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("periods"), "periods is %zu", periods);
    mvo_status status = mvoi_output_check(error, "returns", returns, "ld_returns", ld_returns, "periods", periods, n);
    if (status == MVO_OK)
        status = mvoi_table_check_above(NULL, error, &given, 0.0, 0, "but a price is positive");
    if (status == MVO_OK)
        status = check_price_returns(error, &given, kind);
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        for (size_t t = 0; t < periods; t++) {
            const double *price = prices + t + j * ld_prices;
            returns[t + j * ld_returns] = price_return(price[0], price[1], kind);
        }
    return MVO_OK;
}

mvo_status mvo_returns_to_log(double *log_returns, size_t ld_log, size_t periods, size_t n, const double *returns,
                              size_t ld, mvo_error *error)
{
    const mvoi_table given = { "returns", "ld", "periods", returns, periods, n, ld };
    mvo_status status = mvoi_output_check(error, "log_returns", log_returns, "ld_log", ld_log, "periods", periods, n);
    if (status == MVO_OK)
        status = mvoi_table_check_above(NULL, error, &given, -1.0, 0, "and only a return above -1 has a log return");
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        for (size_t t = 0; t < periods; t++)
            log_returns[t + j * ld_log] = log1p(returns[t + j * ld]);
    return MVO_OK;
}

mvo_status mvo_returns_to_simple(double *returns, size_t ld, size_t periods, size_t n, const double *log_returns,
                                 size_t ld_log, mvo_error *error)
{
    const mvoi_table given = { "log_returns", "ld_log", "periods", log_returns, periods, n, ld_log };
    mvo_status status = mvoi_output_check(error, "returns", returns, "ld", ld, "periods", periods, n);
    if (status == MVO_OK)
        status = mvoi_table_check(NULL, error, &given);
    for (size_t j = 0; status == MVO_OK && j < n; j++)
        for (size_t t = 0; t < periods; t++) {
            const double value = log_returns[t + j * ld_log];
            const mvoi_detail detail = { "log_returns", (int64_t)t, (int64_t)j, value, 0.0 };
            if (!isfinite(expm1(value)))
                return mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail,
                                 "the simple return of log_returns[%zu, %zu] = %g overflows", t, j, value);
        }
    if (status != MVO_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        for (size_t t = 0; t < periods; t++)
            returns[t + j * ld] = expm1(log_returns[t + j * ld_log]);
    return MVO_OK;
}

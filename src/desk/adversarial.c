/* SPDX-License-Identifier: MIT */
/* Shocks of adversaries by name: an oracle manipulated, a bridge drained, a coin off its peg, validators that collude.
 */
#include "desk/check.h"

#include <math.h>

/* A vector that may be left out. */
static mvo_status check_shares(mvo_error *error, const char *name, const double *x, size_t n, double least, double most)
{
    return x ? mvoi_desk_vector(NULL, error, name, x, n, least, most) : MVO_OK;
}

static double share_of(const double *x, size_t j)
{
    return x ? x[j] : 0.0;
}

/* No price falls below nothing. */
static double fall(double move)
{
    return move > -1.0 ? move : -1.0;
}

mvo_status mvo_shock_oracle(double *shock, size_t n, const double *marked, const double *lent, double deviation,
                            double loan_to_value, mvo_error *error)
{
    if (!shock)
        return mvoi_fail_null(NULL, error, "shock");
    mvo_status status = check_shares(error, "marked", marked, n, -1.0, 1.0);
    if (status == MVO_OK)
        status = check_shares(error, "lent", lent, n, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_desk_number(NULL, error, "deviation", deviation, -1.0, HUGE_VAL);
    const mvoi_detail of_deviation = { "deviation", -1, -1, deviation, -1.0 };
    if (status == MVO_OK && deviation == -1.0)
        return mvoi_fail(NULL, error, MVO_ERROR_ARGUMENT, of_deviation, "deviation is -1: it must be more than that");
    if (status == MVO_OK)
        status = mvoi_desk_number(NULL, error, "loan_to_value", loan_to_value, 0.0, 1.0);
    if (status != MVO_OK)
        return status;
    const double owed = loan_to_value * (1.0 + deviation); /* for each unit the collateral is worth */
    const double lost = owed > 1.0 ? 1.0 - 1.0 / owed : 0.0;
    for (size_t j = 0; j < n; j++)
        shock[j] = fall(share_of(marked, j) * deviation - share_of(lent, j) * lost);
    return MVO_OK;
}

mvo_status mvo_shock_bridge(double *shock, size_t n, const double *bridged, double drained, mvo_error *error)
{
    if (!shock)
        return mvoi_fail_null(NULL, error, "shock");
    mvo_status status = check_shares(error, "bridged", bridged, n, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_desk_number(NULL, error, "drained", drained, 0.0, 1.0);
    for (size_t j = 0; status == MVO_OK && j < n; j++)
        shock[j] = -share_of(bridged, j) * drained;
    return status;
}

static double peg_move(const double *held, const double *pooled, double price, size_t j)
{
    const double part = share_of(pooled, j), kept = part > 0.0 ? pow(price, part) : 1.0;
    return share_of(held, j) * (price - 1.0) + kept - 1.0;
}

mvo_status mvo_shock_peg(double *shock, size_t n, const double *held, const double *pooled, double price,
                         mvo_error *error)
{
    if (!shock)
        return mvoi_fail_null(NULL, error, "shock");
    mvo_status status = check_shares(error, "held", held, n, -1.0, 1.0);
    if (status == MVO_OK)
        status = check_shares(error, "pooled", pooled, n, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_desk_number(NULL, error, "price", price, 0.0, HUGE_VAL);
    for (size_t j = 0; status == MVO_OK && j < n; j++) {
        const mvoi_detail detail = { "price", (int64_t)j, -1, price, 0.0 };
        if (!isfinite(peg_move(held, pooled, price, j)))
            status = mvoi_fail(NULL, error, MVO_ERROR_NOT_FINITE, detail,
                               "price is %g: the shock of asset %zu is no finite number", price, j);
    }
    for (size_t j = 0; status == MVO_OK && j < n; j++)
        shock[j] = fall(peg_move(held, pooled, price, j));
    return status;
}

mvo_status mvo_shock_validators(double *shock, size_t n, const double *staked, double slashed, const double *chain,
                                double move, mvo_error *error)
{
    if (!shock)
        return mvoi_fail_null(NULL, error, "shock");
    mvo_status status = check_shares(error, "staked", staked, n, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_desk_number(NULL, error, "slashed", slashed, 0.0, 1.0);
    if (status == MVO_OK)
        status = check_shares(error, "chain", chain, n, -1.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_desk_number(NULL, error, "move", move, -1.0, HUGE_VAL);
    for (size_t j = 0; status == MVO_OK && j < n; j++)
        shock[j] = (1.0 + fall(share_of(chain, j) * move)) * (1.0 - share_of(staked, j) * slashed) - 1.0;
    return status;
}

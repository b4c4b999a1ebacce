/* SPDX-License-Identifier: MIT */
/*
 * How many factors a table of returns has, of its standardised columns X. Bai & Ng (2002), Econometrica 70, criterion
 * IC_p2: the k that minimises  ln V(k) + k (n + T) / (n T) ln min(n, T), V(k) being the mean squared residual of k
 * principal components. Marchenko & Pastur (1967), applied to returns by Laloux et al. (1999): eigenvalues of the
 * correlation matrix above (1 + sqrt(n / (T - 1)))^2, where those of independent returns end; the mean takes one period,
 * as in the clipped covariance (spectrum of the sample) with ddof = 1.
 */
#include "estimate/least_squares.h"
#include "estimate/principal.h"

#include <float.h>
#include <math.h>

static size_t by_bai_ng(const mvoi_principal *p, size_t most)
{
    const double n = (double)p->n, periods = (double)p->periods;
    const double penalty = (n + periods) / (n * periods) * log(fmin(n, periods));
    double whole = 0.0, best = 0.0;
    size_t count = 0;
    for (size_t k = 0; k < p->spectrum.n; k++)
        whole += mvoi_principal_value(p, k);
    double left = whole;
    for (size_t k = 0; k <= most; k++) {
        /* Where nothing is left but rounding, more factors explain no more. */
        const double criterion = log(fmax(left / whole, n * DBL_EPSILON)) + (double)k * penalty;
        if (k == 0 || criterion < best) {
            best = criterion;
            count = k;
        }
        left -= mvoi_principal_value(p, k);
    }
    return count;
}

static size_t by_marchenko_pastur(const mvoi_principal *p, size_t most)
{
    const double root = 1.0 + sqrt((double)p->n / (double)(p->periods - 1));
    size_t count = 0;
    while (count < most && mvoi_principal_value(p, count) / (double)(p->periods - 1) > root * root)
        count++;
    return count;
}

mvo_status mvo_factor_count(size_t *factors, mvo_context *context, size_t periods, size_t n, const double *returns,
                            size_t ld, size_t most, int32_t rule, mvo_error *error)
{
    if (!factors)
        return mvoi_fail_null(context, error, "factors");
    mvo_status status = mvoi_check_factor_table(context, error, periods, n, returns, ld);
    if (status != MVO_OK)
        return status;
    const size_t possible = periods - 1 < n ? periods - 1 : n;
    const mvoi_detail few = { "periods", -1, -1, (double)periods, 2.0 };
    const mvoi_detail many = { "most", -1, -1, (double)most, (double)possible };
    const mvoi_detail unknown = { "rule", -1, -1, (double)rule, 0.0 };
    if (periods < 2)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, few, "periods is %zu, less than 2", periods);
    if (most > possible)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, many,
                         "most is %zu, but %zu periods of %zu assets have %zu factors at most", most, periods, n,
                         possible);
    if (rule != MVO_FACTORS_BAI_NG && rule != MVO_FACTORS_MARCHENKO_PASTUR)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, unknown, "rule is %d, which is none", (int)rule);
    mvoi_principal p;
    status = mvoi_principal_new(&p, context, error, periods, n, returns, ld, 1);
    if (status != MVO_OK)
        return status;
    *factors = rule == MVO_FACTORS_BAI_NG ? by_bai_ng(&p, most) : by_marchenko_pastur(&p, most);
    mvoi_principal_free(&p, context);
    return MVO_OK;
}

/* SPDX-License-Identifier: MIT */
/* Certificates (see certificate.h). Sums of products are exact to about twice the precision of a double. */
#include "qp/certificate.h"

#include <math.h>
#include <string.h>

int mvoi_certifier_new(mvoi_certifier *certifier, mvo_context *context, size_t n, size_t m, size_t k,
                       const mvoi_kernels *kernels)
{
    const size_t most = (n > m ? n : m) + k;
    certifier->kernels = kernels;
    certifier->high = mvoi_allocate(context, most, sizeof(double));
    certifier->low = mvoi_allocate(context, most, sizeof(double));
    certifier->value = mvoi_allocate(context, most, sizeof(double));
    certifier->index = mvoi_allocate(context, most, sizeof(int32_t));
    if (certifier->high && certifier->low && certifier->value && certifier->index)
        return 1;
    mvoi_certifier_free(certifier, context);
    return 0;
}

void mvoi_certifier_free(mvoi_certifier *certifier, mvo_context *context)
{
    mvoi_release(context, certifier->high);
    mvoi_release(context, certifier->low);
    mvoi_release(context, certifier->value);
    mvoi_release(context, certifier->index);
    memset(certifier, 0, sizeof *certifier);
}

/* The nonzero entries of x, packed; returns how many. */
static size_t pack_nonzero(const mvoi_certifier *certifier, const double *x, size_t n, double sign)
{
    size_t count = 0;
    for (size_t j = 0; j < n; j++)
        if (x[j] != 0.0) {
            certifier->index[count] = (int32_t)j;
            certifier->value[count++] = sign * x[j];
        }
    return count;
}

/* high + low = Sigma x; `high` and `low` hold n + k numbers, of which the last k are scratch. */
static void product(const mvoi_certifier *certifier, const mvo_covariance *sigma, const double *x)
{
    double *high = certifier->high, *low = certifier->low;
    const size_t n = sigma->n, k = sigma->k;
    memset(high, 0, n * sizeof *high);
    memset(low, 0, n * sizeof *low);
    const size_t count = pack_nonzero(certifier, x, n, 1.0);
    if (sigma->kind == MVOI_DENSE) {
        certifier->kernels->sweep_compensated(n, count, sigma->dense, sigma->ld, certifier->index, certifier->value,
                                              high, low);
        return;
    }
    double *t = high + n, *t_low = low + n;
    memset(t, 0, k * sizeof *t);
    memset(t_low, 0, k * sizeof *t_low);
    for (size_t p = 0; p < count; p++)
        for (size_t f = 0; f < k; f++)
            mvoi_accumulate(&t[f], &t_low[f], sigma->factors[f + (size_t)certifier->index[p] * k], certifier->value[p]);
    for (size_t j = 0; j < n; j++) {
        for (size_t f = 0; f < k; f++) {
            mvoi_accumulate(&high[j], &low[j], sigma->factors[f + j * k], t[f]);
            low[j] += sigma->factors[f + j * k] * t_low[f];
        }
        mvoi_accumulate(&high[j], &low[j], sigma->specific[j], x[j]);
    }
}

/* high + low -= A'y */
static void subtract_rows(const mvoi_certifier *certifier, const mvoi_problem *problem, const double *y)
{
    const size_t count = pack_nonzero(certifier, y, problem->m, -1.0);
    certifier->kernels->sweep_compensated(problem->n, count, problem->rows, problem->ld_rows, certifier->index,
                                          certifier->value, certifier->high, certifier->low);
}

/* high + low: activity of a row over the `count` packed nonzero weights; `size` sums the terms' absolute values. */
typedef struct sum_of_products {
    double high, low, size;
} sum_of_products;

static sum_of_products activity(const mvoi_certifier *certifier, const double *row, size_t count)
{
    sum_of_products sum = { 0.0, 0.0, 0.0 };
    for (size_t p = 0; p < count; p++) {
        const double a = row[certifier->index[p]];
        mvoi_accumulate(&sum.high, &sum.low, a, certifier->value[p]);
        sum.size += fabs(a * certifier->value[p]);
    }
    return sum;
}

static double finite_size(double limit)
{
    return isinf(limit) ? 0.0 : fabs(limit);
}

static double larger(double a, double b)
{
    return a > b ? a : b; /* fmax costs a call */
}

static double largest_entry(const double *x, size_t n)
{
    double most = 0.0;
    for (size_t j = 0; j < n; j++)
        most = larger(most, fabs(x[j]));
    return most;
}

/* A certificate in the making. */
typedef struct audit {
    mvoi_certificate c;
    const mvoi_certifier *certifier;
    const mvoi_problem *problem;
    double gap, gap_low;
    double worst_violation; /* relative to the numbers in the limit */
    double largest_weight;  /* where a limit of zero meets weights of zero, these tell what is rounding */
} audit;

/* What a pair of limits adds: its violation, also relative to the numbers in it, and its part of the gap. `row` holds its
   n coefficients, NULL for the bounds of a weight; their size is asked for only where something is wrong. */
static void audit_limits(audit *a, sum_of_products value, double lower, double upper, double multiplier,
                         const double *row)
{
    mvoi_certificate *c = &a->c;
    const double violation = larger((lower - value.high) - value.low, (value.high - upper) + value.low);
    if (violation > 0.0) {
        const double own = larger(value.size, larger(finite_size(lower), finite_size(upper)));
        const double unit = row ? largest_entry(row, a->problem->n) : 1.0;
        const double scale = larger(own, 0x1p-24 * unit * a->largest_weight);
        c->primal_residual = larger(c->primal_residual, violation);
        a->worst_violation = larger(a->worst_violation, violation / scale);
    }
    if (multiplier == 0.0)
        return;
    const double limit = multiplier > 0.0 ? lower : upper;
    if (isinf(limit)) { /* no such limit to hold it */
        const double unit = row ? largest_entry(row, a->problem->n) : 1.0;
        c->complementarity = larger(c->complementarity, fabs(multiplier) * unit);
        return;
    }
    const double slack = (value.high - limit) + value.low;
    if (slack != 0.0)
        mvoi_accumulate(&a->gap, &a->gap_low, multiplier, slack);
    c->gap_scale = larger(c->gap_scale, fabs(multiplier * limit));
}

/* high + low becomes Sigma w + c, z its rounding; variance, objective and the sizes of their terms are noted. */
static void audit_objective(audit *a, mvoi_point *point)
{
    mvoi_certificate *c = &a->c;
    const mvoi_problem *problem = a->problem;
    double *high = a->certifier->high, *low = a->certifier->low;
    double variance = 0.0, variance_low = 0.0, linear = 0.0, linear_low = 0.0;
    for (size_t j = 0; j < problem->n; j++) {
        const double weight = point->w[j];
        /* Sigma_jj w_j is one of the terms in (Sigma w)_j, and tells their size where they cancel. */
        const double term = problem->covariance->diagonal[j] * fabs(weight);
        if (weight != 0.0) {
            mvoi_accumulate(&variance, &variance_low, high[j], weight);
            variance_low += low[j] * weight;
            mvoi_accumulate(&linear, &linear_low, problem->linear[j], weight);
        }
        c->stationarity_scale = larger(c->stationarity_scale, larger(term, fabs(problem->linear[j])));
        c->stationarity_scale = larger(c->stationarity_scale, fabs(high[j]));
        c->gap_scale = larger(c->gap_scale, 0.5 * term * fabs(weight));
        double sum, sum_low;
        mvoi_two_sum(&sum, &sum_low, high[j], problem->linear[j]);
        high[j] = sum;
        low[j] += sum_low;
        point->z[j] = sum;
    }
    c->variance = larger(variance + variance_low, 0.0);
    c->objective = 0.5 * (variance + variance_low) + (linear + linear_low);
    c->gap_scale = larger(c->gap_scale, larger(fabs(0.5 * variance), fabs(linear)));
}

/* high + low is the reduced gradient now: z takes it where a weight is held. */
static void audit_weights(audit *a, mvoi_point *point)
{
    mvoi_certificate *c = &a->c;
    const mvoi_problem *problem = a->problem;
    const double *high = a->certifier->high, *low = a->certifier->low;
    for (size_t j = 0; j < problem->n; j++) {
        const double gradient = high[j] + low[j];
        const int32_t side = point->side[j];
        c->stationarity_scale = larger(c->stationarity_scale, fabs(point->z[j] - gradient));
        point->z[j] = side == MVOI_FREE ? 0.0 : gradient;
        /* What z leaves over: the whole gradient of a free weight, the rounding of a held one's. */
        const double residual = (high[j] - point->z[j]) + low[j];
        c->stationarity = larger(c->stationarity, fabs(residual));
        if (point->w[j] != 0.0)
            mvoi_accumulate(&a->gap, &a->gap_low, residual, point->w[j]);
        if (problem->lower[j] != problem->upper[j])
            c->complementarity = larger(c->complementarity, side == MVOI_LOWER ? -point->z[j] : point->z[j]);
        /* The usual weight lies within its bounds, and at the very one that its multiplier belongs to. */
        const double w = point->w[j], z = point->z[j], lower = problem->lower[j], upper = problem->upper[j];
        if (w >= lower && w <= upper && (z == 0.0 || w == (z > 0.0 ? lower : upper)))
            c->gap_scale = larger(c->gap_scale, fabs(z * w));
        else
            audit_limits(a, (sum_of_products){ w, 0.0, 0.0 }, lower, upper, z, NULL);
    }
}

static void audit_rows(audit *a, const mvoi_point *point)
{
    const mvoi_problem *problem = a->problem;
    const size_t count = pack_nonzero(a->certifier, point->w, problem->n, 1.0);
    for (size_t i = 0; i < problem->m; i++) {
        const double *row = problem->rows + i * problem->ld_rows;
        const double lower = problem->row_lower[i], upper = problem->row_upper[i], y = point->y[i];
        const sum_of_products value = activity(a->certifier, row, count);
        const int32_t side = point->row_side[i];
        const double wrong = side == MVOI_FREE ? fabs(y) : side == MVOI_LOWER ? -y : y;
        if (lower != upper && wrong > 0.0)
            a->c.complementarity = larger(a->c.complementarity, wrong * largest_entry(row, problem->n));
        audit_limits(a, value, lower, upper, y, row);
    }
}

void mvoi_certify(mvoi_certificate *certificate, mvoi_certifier *certifier, const mvoi_problem *problem,
                  mvoi_point *point, const double *given)
{
    audit a = { { 0 }, certifier, problem, 0.0, 0.0, 0.0, largest_entry(point->w, problem->n) };
    if (given) {
        memcpy(certifier->high, given, problem->n * sizeof *given);
        memset(certifier->low, 0, problem->n * sizeof *given);
    } else {
        product(certifier, problem->covariance, point->w);
    }
    audit_objective(&a, point);
    subtract_rows(certifier, problem, point->y);
    audit_weights(&a, point);
    audit_rows(&a, point);
    a.c.primal_scale = a.worst_violation > 0.0 ? a.c.primal_residual / a.worst_violation : 1.0;
    a.c.gap = a.gap + a.gap_low;
    /* At an objective of zero its terms give no scale: gradient times weight does, so far below that the largest
       accepted gap is its rounding. */
    a.c.gap_scale = larger(a.c.gap_scale, 0x1p-20 * a.c.stationarity_scale * a.largest_weight);
    *certificate = a.c;
}

int mvoi_certificate_accepts(const mvoi_certificate *c, double tolerance)
{
    return c->primal_residual <= tolerance * c->primal_scale &&
           c->stationarity <= tolerance * c->stationarity_scale &&
           c->complementarity <= tolerance * c->stationarity_scale && fabs(c->gap) <= tolerance * c->gap_scale;
}

/* ------------------------------------------------------------------------------------------------- proofs */

/* Adds limit * multiplier; 0 if the multiplier needs a limit that is infinite. */
static int add_support(double *high, double *low, double *size, double lower, double upper, double multiplier,
                       double negligible)
{
    if (fabs(multiplier) <= negligible)
        return 1;
    const double limit = multiplier > 0.0 ? lower : upper;
    if (isinf(limit))
        return 0;
    mvoi_accumulate(high, low, limit, multiplier);
    *size += fabs(limit * multiplier);
    return 1;
}

int mvoi_farkas_holds(mvoi_certifier *certifier, const mvoi_problem *problem, const double *y, const double *z)
{
    const size_t n = problem->n, m = problem->m;
    double *high = certifier->high, *low = certifier->low;
    double support = 0.0, support_low = 0.0, size = 0.0, error = 0.0, most = 0.0;
    for (size_t i = 0; i < m; i++)
        most = fmax(most, fabs(y[i]));
    for (size_t j = 0; j < n; j++)
        most = fmax(most, fabs(z[j]));
    if (!(most > 0.0))
        return 0;
    /* The residual r = A'y + z costs up to |r_j| times the size of w_j: its finite limit, or 1 beyond doubt. */
    memset(high, 0, n * sizeof *high);
    memset(low, 0, n * sizeof *low);
    subtract_rows(certifier, problem, y);
    double reach = 1.0;
    for (size_t j = 0; j < n; j++)
        reach = larger(reach, larger(finite_size(problem->lower[j]), finite_size(problem->upper[j])));
    for (size_t j = 0; j < n; j++) {
        const double residual = fabs(high[j] + low[j] - z[j]);
        const double lower = fabs(problem->lower[j]), upper = fabs(problem->upper[j]);
        const double bound = fmax(lower, upper);
        if (isinf(lower) && isinf(upper) && z[j] != 0.0 && fabs(z[j]) > 1e-9 * most)
            return 0;
        error += residual * (isinf(bound) ? reach : bound);
        if (!add_support(&support, &support_low, &size, problem->lower[j], problem->upper[j], z[j], 1e-12 * most))
            return 0;
    }
    for (size_t i = 0; i < m; i++)
        if (!add_support(&support, &support_low, &size, problem->row_lower[i], problem->row_upper[i], y[i],
                         1e-12 * most))
            return 0;
    support += support_low;
    return support > 1e-9 * size && support > 1e3 * error && support > 0.0;
}

/* A move by `change` along a ray must not lead through a limit; `size` is the rounding-free size of the move. */
static int recedes(double change, double size, double lower, double upper)
{
    const double nothing = 1e-9 * size;
    return !(change > nothing && upper < HUGE_VAL) && !(change < -nothing && lower > -HUGE_VAL);
}

int mvoi_ray_holds(mvoi_certifier *certifier, const mvoi_problem *problem, const double *d)
{
    const size_t n = problem->n;
    double most = 0.0, variance = 0.0, slope = 0.0, slope_low = 0.0, slope_size = 0.0, curvature = 0.0;
    for (size_t j = 0; j < n; j++)
        most = fmax(most, fabs(d[j]));
    if (!(most > 0.0))
        return 0;
    product(certifier, problem->covariance, d);
    for (size_t j = 0; j < n; j++) {
        variance = fmax(variance, problem->covariance->diagonal[j]);
        curvature = fmax(curvature, fabs(certifier->high[j] + certifier->low[j]));
        mvoi_accumulate(&slope, &slope_low, problem->linear[j], d[j]);
        slope_size += fabs(problem->linear[j] * d[j]);
        if (!recedes(d[j], most, problem->lower[j], problem->upper[j]))
            return 0;
    }
    const size_t count = pack_nonzero(certifier, d, n, 1.0);
    for (size_t i = 0; i < problem->m; i++) {
        const sum_of_products change = activity(certifier, problem->rows + i * problem->ld_rows, count);
        if (!recedes(change.high + change.low, change.size, problem->row_lower[i], problem->row_upper[i]))
            return 0;
    }
    return curvature <= 1e-9 * variance * most && slope + slope_low < -1e-9 * slope_size;
}

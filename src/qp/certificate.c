/* SPDX-License-Identifier: MIT */
/* Certificates (see certificate.h). Sums of products are exact to about twice the precision of a double. */
#include "qp/certificate.h"

#include "qp/segments.h"

#include <math.h>
#include <string.h>

/* Of the numbers in a limit, or in a product with Sigma: what is less than this beside them is rounding. */
static const double ROUNDING = 0x1p-44;

/* A gap that is more than this beside the numbers it is made of is looked into. */
static const double REMARKABLE = 0x1p-40;

/* Sums over the nonzero weights that are made side by side */
enum { SUMS_AT_ONCE = 8 };

int mvoi_certifier_new(mvoi_certifier *certifier, mvo_context *context, size_t n, size_t m, size_t k,
                       const mvoi_kernels *kernels)
{
    const size_t most = (n > m ? n : m) + k;
    certifier->kernels = kernels;
    const mvoi_part parts[] = {
        MVOI_PART(certifier->high, most),     MVOI_PART(certifier->low, most),
        MVOI_PART(certifier->value, most),    MVOI_PART(certifier->packed, SUMS_AT_ONCE * most),
        MVOI_PART(certifier->index, most),    MVOI_PART(certifier->multiplier, m + 1),
        MVOI_PART(certifier->found, n),       MVOI_PART(certifier->active, m + 1)
    };
    certifier->memory = mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
    return certifier->memory != NULL;
}

void mvoi_certifier_free(mvoi_certifier *certifier, mvo_context *context)
{
    mvoi_release(context, certifier->memory);
    memset(certifier, 0, sizeof *certifier);
}

/* The nonzero entries of x, packed; returns how many. */
static size_t pack_nonzero(const mvoi_certifier *certifier, const double *x, size_t n)
{
    const size_t count = certifier->kernels->nonzero(n, x, certifier->index);
    for (size_t p = 0; p < count; p++)
        certifier->value[p] = x[certifier->index[p]];
    return count;
}

/* high + low = Sigma x; `high` and `low` hold n + k numbers, of which the last k are scratch. Leaves the nonzero entries
   of x packed and returns how many there are. */
static size_t product(const mvoi_certifier *certifier, const mvo_covariance *sigma, const double *x)
{
    double *high = certifier->high, *low = certifier->low;
    const size_t n = sigma->n, k = sigma->k;
    memset(high, 0, n * sizeof *high);
    memset(low, 0, n * sizeof *low);
    const size_t count = pack_nonzero(certifier, x, n);
    if (sigma->kind == MVOI_DENSE) {
        certifier->kernels->sweep_compensated(n, count, sigma->dense, sigma->ld, certifier->index, certifier->value,
                                              high, low);
        return count;
    }
    double *t = high + n, *t_low = low + n;
    memset(t, 0, k * sizeof *t);
    memset(t_low, 0, k * sizeof *t_low);
    certifier->kernels->sweep_compensated(k, count, sigma->factors, k, certifier->index, certifier->value, t, t_low);
    for (size_t j = 0; j < n; j++) {
        mvoi_two_product(&high[j], &low[j], sigma->specific[j], x[j]);
        certifier->kernels->dot_compensated(k, sigma->factors + j * k, t, t_low, &high[j], &low[j]);
    }
    return count;
}

/* high + low -= A'y */
static void subtract_rows(const mvoi_certifier *certifier, const mvoi_problem *problem, const double *y)
{
    const size_t count = pack_nonzero(certifier, y, problem->m);
    for (size_t p = 0; p < count; p++)
        certifier->value[p] = -certifier->value[p];
    certifier->kernels->sweep_compensated(problem->n, count, problem->rows, problem->ld_rows, certifier->index,
                                          certifier->value, certifier->high, certifier->low);
}

/* A sum of products in twice the precision: high + low */
typedef struct sum_of_products {
    double high, low;
} sum_of_products;

/* Sums over the `count` packed nonzero weights of up to SUMS_AT_ONCE vectors of n times the weights. */
static void sum_products(const mvoi_certifier *certifier, const double *const *vectors, size_t few, size_t count,
                         sum_of_products *sums)
{
    double high[SUMS_AT_ONCE] = { 0.0 }, low[SUMS_AT_ONCE] = { 0.0 };
    for (size_t r = 0; r < few; r++) {
        const double *restrict vector = vectors[r];
        double *restrict packed = certifier->packed + r;
        for (size_t p = 0; p < count; p++)
            packed[p * SUMS_AT_ONCE] = vector[certifier->index[p]];
    }
    certifier->kernels->sweep_compensated(few, count, certifier->packed, SUMS_AT_ONCE, NULL, certifier->value, high,
                                          low);
    for (size_t r = 0; r < few; r++)
        sums[r] = (sum_of_products){ high[r], low[r] };
}

static double finite_size(double limit)
{
    return isinf(limit) ? 0.0 : fabs(limit);
}

static double larger(double a, double b)
{
    return a > b ? a : b; /* fmax costs a call */
}

/* A certificate in the making. */
typedef struct audit {
    mvoi_certificate c;
    const mvoi_certifier *certifier;
    const mvoi_problem *problem;
    size_t count;                   /* nonzero weights, packed */
    double gap, gap_low;
    double variance_low;            /* what the low parts of Sigma w add to the variance */
    int broken;                     /* a gradient is not a number, or infinite */
    double worst_violation; /* relative to the numbers in the limit */
    double largest_weight;  /* or holding: where a limit of zero meets weights of zero, these tell what is rounding */
    double reach;           /* how far a weight could go to a limit that a multiplier beside its place asks for */
} audit;

static double largest_entry(const audit *a, const double *row)
{
    return row ? a->certifier->kernels->largest(a->problem->n, row) : 1.0;
}

/* The size of the terms of a row's activity */
static double activity_size(const audit *a, const double *row)
{
    double size = 0.0;
    for (size_t p = 0; row && p < a->count; p++)
        size += fabs(row[a->certifier->index[p]] * a->certifier->value[p]);
    return size;
}

/* The size of the numbers in a row's limits. Those of a row over absolute values have the terms of what these are taken
   around among them, with which they may cancel. */
static double limit_size(const audit *a, const double *row, double lower, double upper)
{
    const mvoi_problem *problem = a->problem;
    double size = larger(finite_size(lower), finite_size(upper));
    if (!row || !problem->segments)
        return size;
    const size_t i = (size_t)(row - problem->rows) / problem->ld_rows;
    if (!mvoi_segments_is_absolute(problem->segments, i))
        return size;
    size = larger(size, finite_size(problem->segments->limit[i]));
    for (size_t j = 0; j < problem->n; j++)
        size = larger(size, fabs(row[j] * problem->segments->holdings[j]));
    return size;
}

/* What a pair of limits adds: its violation, also relative to the numbers in it, and its part of the gap. `row` holds its
   n coefficients, NULL for the bounds of a weight; their size is asked for only where something is wrong. */
static void audit_limits(audit *a, sum_of_products value, double lower, double upper, double multiplier,
                         const double *row)
{
    mvoi_certificate *c = &a->c;
    const double violation = larger((lower - value.high) - value.low, (value.high - upper) + value.low);
    if (violation > 0.0) {
        const double limits = limit_size(a, row, lower, upper);
        double scale = limits;
        if (!(violation <= ROUNDING * limits)) /* rounding it is, whatever the other numbers are: those take longer to look at */
            scale = larger(larger(activity_size(a, row), limits), 0x1p-21 * largest_entry(a, row) * a->largest_weight);
        c->primal_residual = larger(c->primal_residual, violation);
        a->worst_violation = larger(a->worst_violation, violation / scale);
        /* What is accepted as rounding here is so in the gap too, where the limit itself is only rounding. */
        c->gap_scale = larger(c->gap_scale, 0x1p-17 * fabs(multiplier) * scale);
    }
    if (multiplier == 0.0)
        return;
    const double limit = multiplier > 0.0 ? lower : upper;
    if (isinf(limit)) { /* no such limit to hold it */
        c->complementarity = larger(c->complementarity, fabs(multiplier) * largest_entry(a, row));
        return;
    }
    const double slack = (value.high - limit) + value.low;
    if (slack != 0.0)
        mvoi_accumulate(&a->gap, &a->gap_low, multiplier, slack);
    if (!row)
        a->reach = larger(a->reach, fabs(slack));
    c->gap_scale = larger(c->gap_scale, fabs(multiplier * limit));
}

/* z becomes the reduced gradient, certifier->low what is left of it: its rounding, but all of it for a free weight. */
static void audit_gradient(audit *a, mvoi_point *point, const double *high, const double *low)
{
    const mvoi_problem *problem = a->problem;
    const mvoi_certifier *certifier = a->certifier;
    size_t active = 0;
    double most[2];
    for (size_t i = 0; i < problem->m; i++) {
        certifier->active[active] = (int32_t)i;
        certifier->multiplier[active] = -point->y[i];
        active += point->y[i] != 0.0;
    }
    certifier->kernels->gradient(problem->n, active, problem->rows, problem->ld_rows, certifier->active,
                                 certifier->multiplier, high, low, problem->linear, point->z, certifier->low, most);
    a->c.stationarity_scale = most[0];
    a->c.stationarity = most[1];
    if (problem->segments) { /* where linear term and slope of the cost cancel, their sum does not tell the size of either */
        const mvoi_segments *s = problem->segments;
        const double slope = s->scale * certifier->kernels->largest(problem->n, s->slope_left);
        const double size = larger(certifier->kernels->largest(problem->n, s->c), slope);
        a->c.stationarity_scale = larger(a->c.stationarity_scale, size);
    }
}

/* One weight that is free, or does not lie where its multiplier says: usually few beside the others. */
static void audit_weight(audit *a, mvoi_point *point, size_t j)
{
    mvoi_certificate *c = &a->c;
    const mvoi_problem *problem = a->problem;
    double *left = &a->certifier->low[j];
    const double w = point->w[j], lower = problem->lower[j], upper = problem->upper[j];
    const int32_t side = point->side[j];
    a->broken |= !(fabs(point->z[j]) < HUGE_VAL);
    if (side == MVOI_FREE) {
        *left += point->z[j];
        point->z[j] = 0.0;
        c->stationarity = larger(c->stationarity, fabs(*left));
    }
    const double z = point->z[j];
    if (lower != upper)
        c->complementarity = larger(c->complementarity, side == MVOI_LOWER ? -z : z);
    if (!(w >= lower && w <= upper && (z == 0.0 || w == (z > 0.0 ? lower : upper))))
        audit_limits(a, (sum_of_products){ w, 0.0 }, lower, upper, z, NULL);
}

/* What the weights that are not zero add: Sigma_jj w_j is one of the terms in (Sigma w)_j, and tells their size where
   they cancel. */
static void audit_sizes(audit *a, const mvoi_point *point)
{
    mvoi_certificate *c = &a->c;
    const double *diagonal = a->problem->covariance->diagonal;
    for (size_t p = 0; p < a->count; p++) {
        const size_t j = (size_t)a->certifier->index[p];
        const double weight = fabs(a->certifier->value[p]), term = diagonal[j] * weight;
        c->stationarity_scale = larger(c->stationarity_scale, term);
        c->gap_scale = larger(c->gap_scale, larger(0.5 * term, fabs(point->z[j])) * weight);
    }
}

static void audit_row(audit *a, const mvoi_point *point, size_t i, sum_of_products value)
{
    const mvoi_problem *problem = a->problem;
    const double *row = problem->rows + i * problem->ld_rows;
    const double lower = problem->row_lower[i], upper = problem->row_upper[i], y = point->y[i];
    const int32_t side = point->row_side[i];
    const double wrong = side == MVOI_FREE ? fabs(y) : side == MVOI_LOWER ? -y : y;
    if (lower != upper && wrong > 0.0) {
        const double size = largest_entry(a, row), width = upper - lower;
        a->c.complementarity = larger(a->c.complementarity, wrong * size);
        a->reach = larger(a->reach, width < HUGE_VAL && size > 0.0 ? width / size : 0.0);
    }
    audit_limits(a, value, lower, upper, y, row);
}

/* Variance, linear term, and what of the gap is residual gradient. */
static void audit_objective(audit *a, const double *high)
{
    mvoi_certificate *c = &a->c;
    const double *const vectors[] = { high, a->problem->linear, a->certifier->low };
    sum_of_products sums[3];
    sum_products(a->certifier, vectors, 3, a->count, sums);
    const double variance = sums[0].high, variance_low = sums[0].low + a->variance_low;
    const double linear = sums[1].high, linear_low = sums[1].low;
    c->variance = larger(variance + variance_low, 0.0);
    c->objective = 0.5 * (variance + variance_low) + (linear + linear_low);
    c->gap_scale = larger(c->gap_scale, larger(fabs(0.5 * variance), fabs(linear)));
    a->gap += sums[2].high;
    a->gap_low += sums[2].low;
}

static void audit_rows(audit *a, const mvoi_point *point)
{
    const mvoi_problem *problem = a->problem;
    const mvoi_certifier *certifier = a->certifier;
    if (problem->columns) {
        double high[MVOI_COLUMN_ROWS] = { 0.0 }, low[MVOI_COLUMN_ROWS] = { 0.0 };
        certifier->kernels->sweep_compensated(problem->m, a->count, problem->columns, problem->ld_columns,
                                              certifier->index, certifier->value, high, low);
        for (size_t i = 0; i < problem->m; i++) {
            const double below = (problem->row_lower[i] - high[i]) - low[i], above = (high[i] - problem->row_upper[i]) + low[i];
            if (point->y[i] != 0.0 || !(below <= 0.0 && above <= 0.0)) /* most have nothing to add */
                audit_row(a, point, i, (sum_of_products){ high[i], low[i] });
        }
        return;
    }
    for (size_t i = 0; i < problem->m; i += SUMS_AT_ONCE) {
        const size_t few = problem->m - i < SUMS_AT_ONCE ? problem->m - i : SUMS_AT_ONCE;
        const double *rows[SUMS_AT_ONCE] = { NULL };
        sum_of_products sums[SUMS_AT_ONCE];
        for (size_t r = 0; r < few; r++)
            rows[r] = problem->rows + (i + r) * problem->ld_rows;
        sum_products(certifier, rows, few, a->count, sums);
        for (size_t r = 0; r < few; r++)
            audit_row(a, point, i + r, sums[r]);
    }
}

/* All but the gradient. */
static void audit_point(audit *a, mvoi_point *point, const double *high)
{
    const mvoi_problem *problem = a->problem;
    const mvoi_certifier *certifier = a->certifier;
    const size_t loose = certifier->kernels->irregular(problem->n, point->side, point->w, problem->lower, problem->upper, point->z,
                                                       certifier->found);
    for (size_t l = 0; l < loose; l++)
        audit_weight(a, point, (size_t)certifier->found[l]);
    audit_sizes(a, point);
    audit_objective(a, high);
    audit_rows(a, point);
}

/*
 * Where the objective is zero a gradient's rounding is all there is of the gap, times the way to the far limit if it has that one's sign.
 * It is rounding of the gradient then, as that of a free weight is. Returns whether there was any.
 */
static int excuse_rounding(audit *a, mvoi_point *point)
{
    const mvoi_problem *problem = a->problem;
    const double rounding = 0x1p-50 * a->c.stationarity_scale;
    int any = 0;
    for (size_t j = 0; j < problem->n; j++) {
        const double z = point->z[j], wrong = point->side[j] == MVOI_LOWER ? -z : point->side[j] == MVOI_UPPER ? z : 0.0;
        if (!(wrong > 0.0 && wrong <= rounding) || problem->lower[j] == problem->upper[j])
            continue;
        a->certifier->low[j] += z;
        a->c.stationarity = larger(a->c.stationarity, fabs(a->certifier->low[j]));
        point->z[j] = 0.0;
        any = 1;
    }
    return any;
}

static void audit_again(audit *a, mvoi_point *point, const double *high)
{
    const mvoi_certificate gradient = a->c;
    a->c = (mvoi_certificate){ .stationarity = gradient.stationarity, .stationarity_scale = gradient.stationarity_scale };
    a->gap = a->gap_low = a->worst_violation = a->reach = 0.0;
    audit_point(a, point, high);
}

void mvoi_certify(mvoi_certificate *certificate, mvoi_certifier *certifier, const mvoi_problem *problem,
                  mvoi_point *point, const double *given)
{
    const mvoi_kernels *kernels = certifier->kernels;
    const double *high = given ? given : certifier->high, *low = given ? NULL : certifier->low;
    audit a = { .certifier = certifier, .problem = problem };
    if (given)
        a.count = pack_nonzero(certifier, point->w, problem->n);
    else
        a.count = product(certifier, problem->covariance, point->w);
    a.largest_weight = kernels->largest(a.count, certifier->value);
    if (problem->segments)
        a.largest_weight = larger(a.largest_weight, kernels->largest(problem->n, problem->segments->holdings));
    if (low) { /* before it makes room for what is left of the gradient */
        for (size_t p = 0; p < a.count; p++)
            a.variance_low += low[certifier->index[p]] * certifier->value[p];
    }
    audit_gradient(&a, point, high, low);
    audit_point(&a, point, high);
    if (fabs(a.gap + a.gap_low) > REMARKABLE * a.c.gap_scale && excuse_rounding(&a, point))
        audit_again(&a, point, high);
    a.c.primal_scale = a.worst_violation > 0.0 ? a.c.primal_residual / a.worst_violation : 1.0;
    a.c.gap = a.gap + a.gap_low;
    /* At an objective of zero its terms give no scale: gradient times weight does, or times the way to a limit that the
       rounding of a multiplier asks for, so far below that the largest accepted gap is a few roundings of them. */
    a.c.gap_scale = larger(a.c.gap_scale, 0x1p-17 * a.c.stationarity_scale * larger(a.largest_weight, a.reach));
    if (a.broken)
        a.c.stationarity = NAN;
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

/* A variance of less than this, in units of the largest one, is what rounding leaves of none at all: as the path takes it. */
static const double NO_VARIANCE = 1e-26;

/* Whether Sigma d = 0, but for rounding. No term of (Sigma d)_j exceeds sqrt(Sigma_jj) times the sum of sqrt(Sigma_kk) |d_k| (Cauchy and
   Schwarz); where a variance is only rounding, so is all that it has a part in. */
static int has_no_risk(const mvoi_certifier *certifier, const mvo_covariance *sigma, const double *d)
{
    const size_t n = sigma->n;
    const double least = sqrt(NO_VARIANCE * certifier->kernels->largest(n, sigma->diagonal));
    double risk = 0.0, rounding = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double deviation = sqrt(fmax(sigma->diagonal[k], 0.0));
        if (deviation > least)
            risk += deviation * fabs(d[k]);
        else if (deviation > 0.0)
            rounding += least * fabs(d[k]);
    }
    product(certifier, sigma, d);
    for (size_t j = 0; j < n; j++) {
        const double deviation = sqrt(fmax(sigma->diagonal[j], 0.0)), nothing = deviation > 0.0 ? fmax(deviation, least) : 0.0;
        if (!(fabs(certifier->high[j] + certifier->low[j]) <= nothing * (ROUNDING * risk + rounding)))
            return 0;
    }
    return 1;
}

int mvoi_ray_holds(mvoi_certifier *certifier, const mvoi_problem *problem, const double *d)
{
    const size_t n = problem->n;
    const double most = certifier->kernels->largest(n, d);
    double slope = 0.0, slope_low = 0.0, slope_size = 0.0;
    if (!(most > 0.0) || !has_no_risk(certifier, problem->covariance, d))
        return 0;
    for (size_t j = 0; j < n; j++) {
        mvoi_accumulate(&slope, &slope_low, problem->linear[j], d[j]);
        slope_size += fabs(problem->linear[j] * d[j]);
        if (!recedes(d[j], most, problem->lower[j], problem->upper[j]))
            return 0;
    }
    const size_t count = pack_nonzero(certifier, d, n);
    for (size_t i = 0; i < problem->m; i++) {
        const double *row = problem->rows + i * problem->ld_rows;
        sum_of_products change;
        double size = 0.0;
        sum_products(certifier, &row, 1, count, &change);
        for (size_t p = 0; p < count; p++)
            size += fabs(row[certifier->index[p]] * certifier->value[p]);
        if (!recedes(change.high + change.low, size, problem->row_lower[i], problem->row_upper[i]))
            return 0;
    }
    return slope + slope_low < -1e-9 * slope_size;
}

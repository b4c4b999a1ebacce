/* SPDX-License-Identifier: MIT */
/*
 * Measures of risk of one series of portfolio returns. Each gives, beside the risk, numbers kappa, one for each
 * scenario, with d risk = -sum kappa_s dr_s: the marginal risk of the assets is -R'kappa, and for measures that are
 * homogeneous of degree one the risk itself is -sum kappa_s r_s.
 */
#ifndef MVO_TAIL_MEASURES_H
#define MVO_TAIL_MEASURES_H

#include "tail/scenarios.h"

typedef struct mvoi_mass {
    double value, mass;
} mvoi_mass;

/* Room for the measures of `count` scenarios. */
typedef struct mvoi_measuring {
    size_t count;
    const double *probabilities;
    double *portfolio; /* count: returns, in order of time */
    double *kappa;     /* count */
    double *fall;      /* count: losses or drawdowns */
    double *share;     /* count */
    size_t *peak;      /* count: periods up to the highest point so far */
    mvoi_mass *masses; /* count */
    double tilt;       /* z of the last entropic risk */
} mvoi_measuring;

/* 1, or 0 without memory; either way mvoi_measuring_free gives all back. */
int mvoi_measuring_new(mvoi_measuring *made, mvo_context *context, const mvo_scenarios *scenarios);
void mvoi_measuring_free(mvoi_measuring *made, mvo_context *context);

/* Whether `measure` exists, and `level` fits it. */
mvo_status mvoi_check_measure(mvo_context *context, mvo_error *error, int32_t measure, double level);
mvo_status mvoi_check_level(mvo_context *context, mvo_error *error, double level);

/* Whether it is one of compounded drawdowns, which are neither convex nor homogeneous. */
int mvoi_measure_is_compounded(int32_t measure);

/* The risk of m->portfolio; fills m->kappa. */
double mvoi_measure(mvoi_measuring *m, int32_t measure, double level);

/*
 * The value v with  mass of larger values <= mass < mass of values >= v , or the least value where all the mass there is
 * does not exceed `mass`. Reorders masses. Exact sums are not asked for: masses within 1e-12 of each other count as
 * equal.
 */
double mvoi_upper_quantile(mvoi_mass *masses, size_t count, double mass);

/* inf over z > 0 of log(sum p_s exp(z loss_s) / tail) / z; `share` becomes the tilted probabilities that attain it, *tilted
   that z, infinite where it is the largest loss. */
double mvoi_entropic(double *share, double *tilted, const double *loss, const double *p, size_t count, double tail);

#endif

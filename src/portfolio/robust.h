/* SPDX-License-Identifier: MIT */
/*
 * Robust problems: the covariances, the box and the ellipsoid of means, the solver inside, and the model it works on,
 *
 *     minimise  1/2 w'(delta Sigma(p) + nu Omega) w + c'w + phi(w) ,     Sigma(p) = sum p_k Sigma_k ,
 *
 * whose few parameters the files of this topic look for: nu (robust_root.c), p (robust_minimax.c).
 */
#ifndef MVO_PORTFOLIO_ROBUST_H
#define MVO_PORTFOLIO_ROBUST_H

#include "portfolio/ask.h"

typedef struct mvoi_mixing mvoi_mixing;

struct mvo_robust {
    mvo_context *context; /* holds a reference; may be NULL */
    size_t n, count;
    mvo_covariance **covariances; /* count, each a reference */
    mvo_covariance *uncertainty;  /* Omega; a reference, or NULL for the covariance itself */
    mvo_covariance identity;      /* Omega of a Euclidean norm */
    mvo_covariance *model;        /* what the solver inside works on, in memory of its own */
    double *model_diagonal, *model_dense, *model_factors, *model_specific; /* of the model, to be written */
    double *model_parts;          /* count + 2: what the model is made of at present; see robust_model.c */
    double *ones;                 /* n */
    double *borrow;               /* n: the set's own rates of short positions */
    double *below, *above;        /* n each: the box */
    double kappa;
    mvo_solver *solver;

    double *linear;  /* c: n */
    double *shaped;  /* n: Omega w */
    double *kept;    /* 3 n + m + 1: weights, bounds and multipliers set aside */
    double *dual;    /* 2 n: see robust_tip.c */
    int32_t *kept_side; /* 2 n + m + 1: sides and segments */
    double delta;       /* weight of risk in the model; parts of the mixture: */
    double *parts;      /* count */
    double least_scale; /* of a gap, where an optimum of no weights tells none */
    double nu;          /* where the last search for it ended; 0 where there was none */
    double tip;         /* nu of the models that led to the tip of the cone, if the last search ended there; else 0 */

    mvoi_mixing *mixing; /* of several covariances; NULL for one */
    double *worst;              /* n: means */
    double *variances;          /* count */
    double *mixed;              /* count: workspace */
    int solved, worst_known;
    mvo_report report;
};

/* ------------------------------------------------------------------------------------------- the model */

/* Room for the model; 0 without memory. */
int mvoi_robust_new_model(mvo_robust *robust);

/* The model becomes sum parts_k Sigma_k + omega Omega + identity I. Nothing is done where it is that already. */
void mvoi_robust_set_model(mvo_robust *robust, const double *parts, double omega, double identity);

/* The covariance that the certificate is made with: Sigma itself where the solver inside can read it, else the model,
   which becomes Sigma(p). */
const mvo_covariance *mvoi_robust_risk(mvo_robust *robust);

/* Which Omega a search is about. */
enum { MVOI_OMEGA_GIVEN, MVOI_OMEGA_SAME, MVOI_OMEGA_IDENTITY, MVOI_OMEGA_NONE };

/* Solves the model at delta and nu, warm; the objective of the solver inside is that above divided by delta + nu. */
mvo_outcome mvoi_robust_step(mvo_robust *robust, int omega, double delta, double nu);

/* The Omega of a search. */
const mvo_covariance *mvoi_robust_shape(const mvo_robust *robust, int omega);

/* The volatility of an average asset. */
double mvoi_robust_typical(const mvo_covariance *covariance);

/* robust->shaped = Omega w at the solver's point; returns sqrt(w'Omega w). */
double mvoi_robust_norm(mvo_robust *robust, int omega);

/* ------------------------------------------------------------------------------------------- searching */

/* One evaluation: *next receives T(x). */
typedef mvo_outcome (*mvoi_robust_map)(void *user, double x, double *next);

/* Where a search for x = T(x) > 0 ended. */
enum { MVOI_ROOT_FOUND, MVOI_ROOT_AT_ZERO, MVOI_ROOT_AT_INFINITY };

/*
 * Looks for a fixed point x of a continuous map from *x > 0 on; the last evaluation is at *x. `ascends` says that the map
 * does not descend. A root known to be less than `least` or more than `most` is not looked for further. An outcome other
 * than MVO_OPTIMAL is that of an evaluation.
 */
mvo_outcome mvoi_robust_root(int *place, double *x, int ascends, double least, double most, mvoi_robust_map map, void *user);

/* What a cone is about. */
typedef struct mvoi_cone {
    mvo_robust *robust;
    int omega;
    double kappa;
} mvoi_cone;

/*
 * The optimum if it is where the norm is zero: MVO_OPTIMAL and certified, or MVO_NUMERICAL; *pull receives the size of the
 * subgradient there, and if that is more than kappa the optimum is elsewhere. The solver's point is the optimum of the
 * model with nu.
 */
mvo_outcome mvoi_robust_tip(double *pull, const mvoi_cone *cone, double nu);

/* The sum of Omega_jj w_j^2 at the solver's point. */
double mvoi_robust_terms(const mvo_robust *robust, int omega);

/* Solves the model of the last search anew: its optimum is that of the cone. Returns its nu in *nu. */
mvo_outcome mvoi_robust_again(double *nu, mvo_robust *robust, int omega);

/* The weights at which the objective with an ellipsoid is least for the present linear term, delta and mixture. */
mvo_outcome mvoi_robust_cone(mvo_robust *robust, int omega, double kappa);

/*
 * Certifies the solver's point on the whole problem, of which pull Omega w (robust->shaped) is a subgradient of what is not
 * quadratic and `missed` what that falls short of its term. The multipliers come from a model divided by `divided`; they
 * become those of the problem.
 */
mvo_outcome mvoi_robust_certify(mvo_robust *robust, double pull, double missed, double divided);

/* Several covariances: the mixture that is worst for its best portfolio. */
int mvoi_mixing_new(mvo_robust *robust);
void mvoi_mixing_free(mvo_robust *robust);
mvo_status mvoi_mixing_keep(mvo_robust *robust, mvo_error *error); /* what a failed mvoi_robust_mix gives back */
mvo_status mvoi_robust_mix(mvo_outcome *outcome, mvo_robust *robust, mvo_error *error);

/* Ends a question: notes outcome, return, cost and the counts of the report. */
void mvoi_robust_conclude(mvo_robust *robust, mvo_outcome outcome, const double *mu);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * One problem with costs beyond kinks: its terms, the solver inside, and the model whose covariance is Sigma plus the
 * curvature of the terms. A pool's kink is among the trading costs of the solver inside; the rest of all terms is
 * differentiable, and that is what "smooth" means in this room.
 */
#ifndef MVO_DESK_IMPACT_H
#define MVO_DESK_IMPACT_H

#include "desk/pool.h"
#include "qp/solver.h"

struct mvo_impact {
    mvo_context *context;       /* holds a reference; may be NULL */
    mvo_covariance *covariance; /* Sigma; holds a reference */
    mvo_covariance *model;      /* Sigma plus a diagonal, in memory of its own but for the loadings of factors */
    double *model_diagonal;     /* of the model, to be written */
    double *model_specific;     /* n, or NULL where the model is dense ... */
    double *model_dense;        /* ... and the other way round: n-by-n without padding */
    mvo_solver *solver;
    size_t n;
    double base;                /* the largest variance */
    double *linear;             /* c */
    double *rates;              /* 2 n: the set's own rates of buying and selling */
    double *quadratic, *power;  /* n each: coefficients, 0 for none */
    mvoi_pool *pools;           /* n */

    double *w;                  /* the point at hand, and after a solve the answer */
    double *slack;              /* the slope of the power law at it, as a dual variable of its own */
    double *place;              /* the trade of which that slope is the slope */
    double *curvature;          /* of the power law in the model */
    double *next_slack;
    double *product, *bend;     /* n each: workspace */
    double *upper;              /* the caller's upper bounds while a solve runs */
    int warm, solved;
    mvo_report report;
};

/* Reads Sigma again, whose numbers have been written over; kind and number of factors are what they were. */
void mvoi_impact_refresh(mvo_impact *impact);

/* The smooth terms of asset j at trade t: value, slope. */
double mvoi_impact_smooth(const mvo_impact *impact, size_t j, double t);
double mvoi_impact_slope(const mvo_impact *impact, size_t j, double t);

/* The power law alone: its slope at t, the trade with that slope, its curvature there (capped). */
double mvoi_power_slope(double coefficient, double t);
double mvoi_power_place(double coefficient, double slope);
double mvoi_power_curvature(double coefficient, double slope, double most);

/* 1/2 w'Sigma w + c'w + phi(w) + psi(w); infinite where a pool has not that much. */
double mvoi_impact_objective(const mvo_impact *impact, const double *w);

/* Fills the report from the answer of the solver inside; 1 if the certificate holds within `tolerance`. *residual is the
   larger of stationarity and gap relative to their scales. */
int mvoi_impact_certify(mvo_impact *impact, double tolerance, double *residual);

#endif

/* SPDX-License-Identifier: MIT */
/* What this room sees of scenarios: the table, read-only once made. */
#ifndef MVO_TAIL_SCENARIOS_H
#define MVO_TAIL_SCENARIOS_H

#include "core/core.h"

struct mvo_scenarios {
    mvo_context *context; /* holds a reference; may be NULL */
    atomic_size_t references;
    size_t count, n;
    const double *returns; /* scenario s, asset j: returns[s + j * ld]; the caller's memory if borrowed */
    size_t ld;
    double *probabilities; /* count */
    double *owned;         /* the table where it is a copy, else NULL */
};

/* A handle with one reference and a table of its own, whose entries and probabilities are to be filled; NULL without memory. */
mvo_scenarios *mvoi_scenarios_allocate(mvo_context *context, size_t count, size_t n);

/* portfolio (count) = R w, columns of weight zero left out; plain sums in a fixed order. */
void mvoi_scenarios_portfolio(double *portfolio, const mvo_scenarios *scenarios, const double *weights);

/* out (n) = R'x, x being count numbers. */
void mvoi_scenarios_combine(double *out, const mvo_scenarios *scenarios, const double *x);

#endif

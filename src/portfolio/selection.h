/* SPDX-License-Identifier: MIT */
/* Portfolios of few holdings or few trades: the handle, what an asset may do, and the search's own state. */
#ifndef MVO_PORTFOLIO_SELECTION_H
#define MVO_PORTFOLIO_SELECTION_H

#include "qp/solver.h"

struct mvo_selection {
    mvo_context *context;         /* holds a reference; may be NULL */
    mvo_covariance *covariance;   /* holds a reference */
    mvo_constraints *constraints; /* a copy */
    size_t n;
    size_t most_holdings, most_trades; /* n: no limit */
    double *least;                /* n: a weight is zero or at least so large in size */
    double *fee;                  /* n: of one trade */
    double time_limit, gap_limit;
    int64_t node_limit;           /* 0 for none */
    mvo_selection_progress_fn progress;
    void *user;
    atomic_int cancelled;

    int solved;                   /* there is a last search, with the figures below */
    int found;                    /* ... and it found a portfolio */
    double *weights;              /* n */
    double objective, bound, gap;
    int64_t nodes;
};

/*
 * What an asset may do: choices, of which a node permits a set (a mask). Each is an interval of weights, counts as a holding
 * or not and as a trade or not. A node's relaxation lets the weight anywhere between the ends of what is permitted.
 */
enum { MVOI_ZERO = 1, MVOI_LONG = 2, MVOI_SHORT = 4, MVOI_STAY = 8, MVOI_CHOICES = 4 };

/* The part of a problem that is about counts. All arrays have n elements. */
typedef struct mvoi_counts {
    size_t n, most_holdings, most_trades;
    const double *lower, *upper, *least, *fee, *holdings;
    const size_t *twin; /* an earlier asset that differs in nothing, or the asset itself */
} mvoi_counts;

/* All that asset j may do. With least = 0 the choice MVOI_LONG stands for any weight within the bounds. */
uint8_t mvoi_choices_of(const mvoi_counts *counts, size_t j);

/* Ends of what a choice, or a mask of them, permits. */
void mvoi_choice_interval(double *low, double *high, const mvoi_counts *counts, size_t j, uint8_t mask);

/* 1 if whatever a mask permits is a trade. */
int mvoi_least_trade(const mvoi_counts *counts, size_t j, uint8_t mask);

/* Takes out choices that no portfolio within the counts can have; 0 if none is left for some asset. */
int mvoi_propagate(uint8_t *mask, const mvoi_counts *counts);

/* The choice within a mask that a weight is nearest to, the cheaper one where it belongs to several. */
uint8_t mvoi_nearest_choice(const mvoi_counts *counts, size_t j, uint8_t mask, double w);

/* Open nodes: a heap by bound, masks packed two to a byte in one array that grows. */
typedef struct mvoi_tree {
    mvo_context *context;
    size_t stride, count, capacity;
    double *bound;     /* of the nodes in the heap */
    size_t *slot;      /* where their masks are; beyond count: free slots */
    uint8_t *packed;
} mvoi_tree;

void mvoi_tree_init(mvoi_tree *tree, mvo_context *context, size_t n);
void mvoi_tree_free(mvoi_tree *tree);
int mvoi_tree_push(mvoi_tree *tree, double bound, const uint8_t *mask, size_t n); /* 0: out of memory */
double mvoi_tree_pop(mvoi_tree *tree, uint8_t *mask, size_t n);

typedef struct mvoi_search {
    mvo_context *context;
    mvo_selection *selection;
    mvo_solver *solver;
    mvoi_counts counts;
    size_t n;
    const double *linear; /* NULL for zero */
    const double *mu;     /* NULL without a target */
    double target;
    double deadline;
    int64_t nodes, solves;

    double *low, *high, *buy, *sell; /* n: of the node at hand */
    double *base_buy, *base_sell;    /* n: rates of the constraint set */
    double *w, *reduced, *score;     /* n: of the last relaxation */
    size_t *twin, *order;            /* n */
    uint8_t *mask, *trial, *other;   /* n */
    double *best;                    /* n: the best portfolio */
    double best_objective, best_scale;
    int found;
    mvoi_tree tree;
    double pruned;                   /* least bound of what was left aside within the gap allowed */
    int64_t incumbents;              /* how often a better portfolio was found */

    /* of the last relaxation */
    double value, bound, scale;
} mvoi_search;

/* Solves the relaxation of a mask: value, bound, weights and reduced costs. */
mvo_outcome mvoi_relax(mvoi_search *search, const uint8_t *mask);

/* The relaxations end at this many seconds from now. */
void mvoi_search_set_deadline(mvoi_search *search, double time_limit);

/* Fees of the weights as they are. */
double mvoi_true_fees(const mvoi_search *search, const double *w);

/* Good portfolios early. Each returns MVO_OPTIMAL to go on or the outcome that ends the search. */
mvo_outcome mvoi_try_rounding(mvoi_search *search, const uint8_t *mask);
mvo_outcome mvoi_try_swaps(mvoi_search *search, const uint8_t *root);
mvo_outcome mvoi_try_weights(mvoi_search *search, const uint8_t *root, const double *weights);

/* Solves a mask that leaves one choice to each asset, and takes the answer if it is the best so far. */
mvo_outcome mvoi_try_mask(mvoi_search *search, uint8_t *mask);

/* What a bound must exceed to be of no more interest. */
double mvoi_cutoff(const mvoi_search *search);

/* The search itself; MVO_OPTIMAL, ... and 0 memory if that ran out. */
mvo_outcome mvoi_search_run(mvoi_search *search, double *bound, int *memory);

#endif

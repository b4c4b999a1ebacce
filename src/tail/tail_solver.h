/* SPDX-License-Identifier: MIT */
/* The solver of tail risk: a problem of hinges over scenarios, some of which are at work and the others wait. */
#ifndef MVO_TAIL_TAIL_SOLVER_H
#define MVO_TAIL_TAIL_SOLVER_H

#include "constraints/constraints.h"
#include "tail/hinge.h"
#include "tail/measures.h"

struct mvo_tail_solver {
    mvo_context *context;     /* holds a reference; may be NULL */
    mvo_scenarios *scenarios; /* holds a reference */
    mvo_constraints *snapshot;
    size_t n, m;              /* m rows of the snapshot; one more of the hinges' is the target */
    int32_t measure;
    double level;
    double *row_lower, *row_upper; /* m, current */
    double *lower, *upper;         /* n, current */
    mvoi_hinge hinges;
    mvoi_measuring measuring;
    int32_t *scenario;        /* capacity: of a slot; unused for cuts */
    int32_t *slot;            /* count: of a scenario, -1 while it waits */
    double *loss, *loss_low;  /* count: h_s'w of every scenario, and what rounding took */
    double *mean;             /* n */
    double *mu;               /* n: of the last question */
    double *given;            /* n: workspace */
    int warm, solved;
    mvo_outcome outcome;
    int has_target;
    double target_multiplier;
    double *w, *y, *z;        /* n, m + 1, n: the last answer */
    double *y_return;         /* m + 1: workspace, multipliers of the rows for the largest return */
    double *q;                /* count: multipliers of the scenarios */
    mvo_report report;
};

/* ------------------------------------------------------------------------------------- scenarios at work */

/* Whether the measure is one of hinges over scenarios; otherwise cuts approach it from below. */
int mvoi_tail_of_scenarios(int32_t measure);

/* Empties the slots and chooses the scenarios to begin with. */
void mvoi_band_begin(mvo_tail_solver *solver);

/* loss (count) = h_s'w for every scenario at the hinges' x; high parts only. */
void mvoi_band_measure(mvo_tail_solver *solver);

/* What a hinge of scenario s counts. */
double mvoi_band_cap(const mvo_tail_solver *solver, size_t s);

/* Brings in the scenarios that the point at hand needs; returns how many. `all` brings in every one. */
size_t mvoi_band_extend(mvo_tail_solver *solver, int all);

/* Brings in the scenarios that the losses at hand need and those within `margin` of the tail; 0 if none is needed. */
size_t mvoi_band_admit(mvo_tail_solver *solver, double margin);

/* The slots nearest to their kinks, about so many, change places to be those that are watched. */
void mvoi_band_watch(mvo_tail_solver *solver, size_t few);

/* So do those that are on the wrong side of their kink; returns how many. */
size_t mvoi_band_watch_troubled(mvo_tail_solver *solver);

/* ----------------------------------------------------------------------------------------------- cuts */

/* Begins with the cuts of each asset alone; adds the cut of the measure at w. Returns the measure at w. */
void mvoi_cuts_begin(mvo_tail_solver *solver);
double mvoi_cuts_add(mvo_tail_solver *solver, const double *w);

/* ------------------------------------------------------------------------------------------- the answer */

/* Minimises the measure over the limits on the hinges: the outcome. */
mvo_outcome mvoi_tail_minimise(mvo_tail_solver *solver);

/* A vertex within the limits, whatever its risk: MVO_OPTIMAL; MVO_INFEASIBLE at one that is out as little as can be, no row
   having gone out that was in. `fresh`: from the slack vertex, and what was known of scenarios is forgotten. */
mvo_outcome mvoi_tail_reach(mvo_tail_solver *solver, int fresh);

/* Fills w, y, z, q and the report from the vertex at hand, all from the data as given. */
void mvoi_tail_certify(mvo_tail_solver *solver);

/* The multipliers of the rows at a vertex of largest return, from which only the target's row is out: into y_return. */
void mvoi_tail_price_return(mvo_tail_solver *solver);

/* w stands and returns as much as can be: objective, y (of y_return), z and q are those of "minimise -mu'w". */
void mvoi_tail_certify_return(mvo_tail_solver *solver, const double *mu);

/* What all ways to an answer share: w, y and z and the objective stand, the dual objective counts from `offset`; terms are
   of size `size`. */
void mvoi_tail_measure_gap(mvo_tail_solver *solver, double offset, double size);

/* The risk of w, its portfolio returns summed in twice the precision; how large a term of it can be. */
double mvoi_tail_exact_risk(mvo_tail_solver *solver);
double mvoi_tail_size_of_terms(const mvo_tail_solver *solver);

/* What rounding may make of the risk of w: so little counts as nothing. */
double mvoi_tail_rounding(const mvo_tail_solver *solver, const double *w);

/* Whether the certificate holds: gap and primal residual are rounding. */
int mvoi_tail_believed(const mvo_report *report);

/* The same of w and y as they stand, for a smooth risk; `bounds` are the multipliers found beside y. */
void mvoi_tail_certify_smooth(mvo_tail_solver *solver, const double *bounds);

/* ------------------------------------------------------------------------------------------- questions */

/* The arguments that questions share. */
mvo_status mvoi_tail_check_question(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu, const char *name,
                                    double number, mvo_error *error);

/* Limits as they stand, no target; forgets the last answer but for where the vertex was. */
void mvoi_tail_begin(mvo_tail_solver *solver);

/* The target's row holds mu and its limit. */
void mvoi_tail_set_target(mvo_tail_solver *solver, const double *mu, double target);

/* Whether a lower limit is above its upper one. */
int mvoi_tail_crossed(const mvo_tail_solver *solver);

/* Limits of the directions in which there is no end, with a return of `gain` or more along mu, in place of those that stand;
   mvoi_tail_begin brings these back. The vertex is no start. */
void mvoi_tail_set_directions(mvo_tail_solver *solver, const double *mu, double gain);

/* Minimises what is no measure of squares, certificate and all; where a warm start comes to nothing, from the start. */
mvo_outcome mvoi_tail_solve(mvo_tail_solver *solver);

/* w, y, z and q of the last answer put aside in `kept`, or back. */
size_t mvoi_tail_answer_size(const mvo_tail_solver *solver);
void mvoi_tail_exchange_answer(double *kept, mvo_tail_solver *solver, int back);

/* The least risk over the limits on the hinges in any measure, and what the report says of it. */
mvo_status mvoi_tail_minimise_any(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu, mvo_error *error);
void mvoi_tail_finish(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu);

/* ------------------------------------------------------------------------------------- squares of losses */

/* Whether the measure is one of squares. */
int mvoi_tail_of_squares(int32_t measure);

/* The limits that stand on the hinges, the target's row among them, as a set in *rules, which the caller frees. */
mvo_status mvoi_tail_state_rules(mvo_constraints **rules, const mvo_tail_solver *of, mvo_error *error);

/* Minimises it, certificate and all. Allocates; an error leaves w, y, z and q alone. */
mvo_status mvoi_tail_minimise_squares(mvo_outcome *outcome, mvo_tail_solver *solver, mvo_error *error);

/* The same for entropic risk where it is smooth; *outcome is MVO_NUMERICAL where that comes to nothing. */
mvo_status mvoi_tail_minimise_entropic(mvo_outcome *outcome, mvo_tail_solver *solver, mvo_error *error);

#endif

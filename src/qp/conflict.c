/* SPDX-License-Identifier: MIT */
/*
 * Which limits contradict each other: the deletion filter of Chinneck & Dravnieks (1991), "Locating minimal
 * infeasible constraint sets in linear programs". Begin with a set of limits that has no solution - those in the
 * solver's Farkas proof - and leave out one after another: whatever can go without the rest becoming feasible goes,
 * what remains is irreducible. After each deletion the new proof drops what it does not use either.
 *
 * The oracle that is asked whether limits contradict each other is a solver of its own, over a zero covariance, whose
 * limits are moved to infinity and back. Only a certified MVO_INFEASIBLE lets a limit go. Rows over absolute values are
 * such rows in the oracle too, around the holdings as they stand on the solver; costs play no part.
 */
#include "constraints/constraints.h"
#include "qp/solver.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TARGET_ID = -1 }; /* the row that a question added has no id of its own */

/* One side of a row or of a bound. Rows are counted as in the snapshot; the target's row comes after them. */
typedef struct member {
    int32_t kind, side;
    size_t index;
    double limit;
} member;

struct mvo_conflict {
    mvo_context *context; /* holds a reference; may be NULL */
    size_t count;
    member *members;
    int64_t *ids; /* one for each member */
    char *text;
};

/* The infeasible problem as the solver stands: rows 0 .. row_count - 1 are the snapshot's, a target's row follows. */
typedef struct problem {
    mvo_context *context;
    const mvo_solver *solver;
    const mvo_constraints *names;
    size_t n, m; /* m with the target's row */
    int has_target;
    const double *target_coefficients;
    double *lower, *upper; /* n bounds, then m rows */
    double *multiplier;    /* the Farkas proof in the same order */
} problem;

/* The set being thinned out, and who judges it. */
typedef struct filter {
    const problem *problem;
    member *members;
    size_t count;
    unsigned char *in; /* count: 1 while the member belongs to the set */
    mvo_solver *oracle;
    int64_t *oracle_id;    /* m: id of the row in the oracle, or -1 */
    size_t *oracle_row;    /* m: its position there */
    double *lower, *upper; /* n + m: limits as the oracle has them now */
    double *rows, *bounds; /* the oracle's proof: m and n */
} filter;

/* ------------------------------------------------------------------------------------ the solver's problem */

static void release_problem(problem *p)
{
    mvoi_release(p->context, p->lower);
    mvoi_release(p->context, p->upper);
    mvoi_release(p->context, p->multiplier);
}

/* Place of a row or a bound in the arrays over both. */
static size_t place(const problem *p, int32_t kind, size_t index)
{
    return kind == MVO_CONFLICT_ROW ? p->n + index : index;
}

static mvo_status read_problem(problem *p, const mvo_solver *solver, mvo_error *error)
{
    const double *lower, *upper, *row_lower, *row_upper;
    double target_lower = -INFINITY, target_upper = INFINITY;
    memset(p, 0, sizeof *p);
    p->context = mvoi_solver_context(solver);
    p->solver = solver;
    p->names = mvoi_solver_constraints(solver);
    p->n = p->names->n;
    p->has_target = mvoi_solver_target(solver, &p->target_coefficients, &target_lower, &target_upper);
    const size_t n = p->n, rows = p->names->row_count;
    p->m = rows + (p->has_target ? 1 : 0);
    p->lower = mvoi_allocate(p->context, n + p->m, sizeof *p->lower);
    p->upper = mvoi_allocate(p->context, n + p->m, sizeof *p->upper);
    p->multiplier = mvoi_allocate(p->context, n + p->m, sizeof *p->multiplier);
    if (!p->lower || !p->upper || !p->multiplier)
        return mvoi_fail_memory(p->context, error, "a conflict");
    if (mvo_solver_farkas(p->multiplier + n, p->multiplier, solver) != MVO_OK)
        return mvoi_fail(p->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "no limits contradict each other: the last solve left no proof of infeasibility");
    mvoi_solver_limits(solver, &lower, &upper, &row_lower, &row_upper);
    memcpy(p->lower, lower, n * sizeof *lower);
    memcpy(p->upper, upper, n * sizeof *upper);
    if (rows) {
        memcpy(p->lower + n, row_lower, rows * sizeof *row_lower);
        memcpy(p->upper + n, row_upper, rows * sizeof *row_upper);
    }
    if (p->has_target) {
        p->lower[n + rows] = target_lower;
        p->upper[n + rows] = target_upper;
        p->multiplier[n + rows] = mvoi_solver_target_farkas(solver);
    }
    return MVO_OK;
}

static const double *row_coefficients(const problem *p, size_t row)
{
    return row < p->names->row_count ? p->names->rows[row].coefficients : p->target_coefficients;
}

static int is_absolute(const problem *p, size_t row)
{
    return row < p->names->row_count && p->names->rows[row].around != MVO_AROUND_NOTHING;
}

/* Whether the multipliers still prove a contradiction with the limits as they are now: the combination of limits they
   stand for says  0 >= something positive. Sums in extended precision; cancellation to 1e-9 of the terms is zero. Rows
   over absolute values are no linear ones: theirs is the Lagrangian's least value. `scratch` has room for n. */
static int proof_holds(const problem *p, double *scratch)
{
    const mvo_solver *solver = p->solver;
    if (solver->segments && solver->segments->absolute_count)
        return mvoi_segments_farkas(solver->segments, &solver->problem, p->multiplier + p->n, scratch);
    long double value = 0.0L, size = 0.0L;
    for (size_t k = 0; k < p->n + p->m; k++) {
        const double y = p->multiplier[k], limit = y > 0.0 ? p->lower[k] : p->upper[k];
        if (y == 0.0)
            continue;
        value += (long double)y * limit; /* an infinite limit makes this -infinity, for it proves nothing */
        size += fabsl((long double)y * limit);
    }
    for (size_t j = 0; j < p->n; j++) {
        long double sum = p->multiplier[j], terms = fabsl(sum);
        for (size_t i = 0; i < p->m; i++) {
            const long double term = (long double)p->multiplier[p->n + i] * row_coefficients(p, i)[j];
            sum += term;
            terms += fabsl(term);
        }
        if (fabsl(sum) > 1e-9L * terms)
            return 0;
    }
    return value > 0.0L && value > 1e-15L * size;
}

/* -------------------------------------------------------------------------------------------- candidates */

static void add_member(member *members, size_t *count, int32_t kind, size_t index, int32_t side, double limit)
{
    if (isfinite(limit))
        members[(*count)++] = (member){ kind, side, index, limit };
}

/* The finite limits of one row or bound; with `proof_only` those alone that the solver's proof uses. */
static void add_limits(member *members, size_t *count, const problem *p, int32_t kind, size_t index, int proof_only)
{
    const size_t k = place(p, kind, index);
    if (!proof_only || p->multiplier[k] > 0.0)
        add_member(members, count, kind, index, MVO_AT_LOWER, p->lower[k]);
    if (!proof_only || p->multiplier[k] < 0.0)
        add_member(members, count, kind, index, MVO_AT_UPPER, p->upper[k]);
}

/* Candidates in the order they are told in. The filter tries the last ones first, and what is tried last stays most
   often: a target before the rows before the bounds. Room for 2 (n + m) is needed. */
static size_t collect(member *members, const problem *p, int proof_only)
{
    size_t count = 0;
    if (p->has_target)
        add_limits(members, &count, p, MVO_CONFLICT_ROW, p->m - 1, proof_only);
    for (size_t i = 0; i < p->names->row_count; i++)
        add_limits(members, &count, p, MVO_CONFLICT_ROW, i, proof_only);
    for (size_t j = 0; j < p->n; j++)
        add_limits(members, &count, p, MVO_CONFLICT_BOUND, j, proof_only);
    return count;
}

static int is_zero(const double *x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        if (x[j] != 0.0)
            return 0;
    return 1;
}

/* A lower limit above its own upper one is a conflict of two - of one in a row of zeros, where each limit stands alone
   against 0. Returns how many members, 0 if nothing crosses. */
static size_t find_crossing(member *members, const problem *p)
{
    for (size_t k = 0; k < p->n + p->m; k++) {
        const int32_t kind = k < p->n ? MVO_CONFLICT_BOUND : MVO_CONFLICT_ROW;
        const size_t index = k < p->n ? k : k - p->n;
        size_t count = 0;
        if (p->lower[k] <= p->upper[k])
            continue;
        const int zeros = kind == MVO_CONFLICT_ROW && is_zero(row_coefficients(p, index), p->n);
        if (!zeros || p->lower[k] > 0.0)
            add_member(members, &count, kind, index, MVO_AT_LOWER, p->lower[k]);
        if (!zeros || count == 0)
            add_member(members, &count, kind, index, MVO_AT_UPPER, p->upper[k]);
        return count;
    }
    return 0;
}

/* -------------------------------------------------------------------------------------------- the oracle */

static mvo_status add_rule(int64_t *id, mvo_constraints *rules, const problem *p, size_t i, mvo_error *error)
{
    const double *coefficients = row_coefficients(p, i);
    if (!is_absolute(p, i))
        return mvo_constraints_add_row(id, rules, coefficients, -INFINITY, INFINITY, NULL, error);
    const mvoi_row *row = &p->names->rows[i];
    if (row->rates) /* its coefficients are ones */
        return mvo_constraints_add_absolute_rates(id, rules, row->around, row->rates, row->rates + p->n, INFINITY, NULL,
                                                  error);
    return mvo_constraints_add_absolute(id, rules, row->around, coefficients, row->above, row->below, INFINITY, NULL,
                                        error);
}

/* The rows that have a member, without limits as yet; and the holdings. */
static mvo_status make_rules(mvo_constraints **rules, filter *f, mvo_error *error)
{
    const problem *p = f->problem;
    mvo_status status = mvo_constraints_new(rules, p->context, p->n, error);
    if (status != MVO_OK)
        return status;
    if (p->solver->segments)
        status = mvo_constraints_set_holdings(*rules, p->solver->segments->holdings, error);
    for (size_t i = 0; i < p->m; i++)
        f->oracle_id[i] = -1;
    for (size_t k = 0; status == MVO_OK && k < f->count; k++) {
        const size_t i = f->members[k].index;
        if (f->members[k].kind != MVO_CONFLICT_ROW || f->oracle_id[i] >= 0)
            continue;
        f->oracle_row[i] = mvo_constraints_row_count(*rules);
        status = add_rule(&f->oracle_id[i], *rules, p, i, error);
    }
    if (status != MVO_OK) {
        mvo_constraints_free(*rules);
        *rules = NULL;
    }
    return status;
}

static mvo_status make_zero_covariance(mvo_covariance **zero, const problem *p, mvo_error *error)
{
    double *variances = mvoi_allocate(p->context, p->n, sizeof *variances);
    if (!variances)
        return mvoi_fail_memory(p->context, error, "a conflict");
    for (size_t j = 0; j < p->n; j++)
        variances[j] = 0.0;
    const mvo_status status =
        mvo_covariance_new_factor(zero, p->context, p->n, 0, NULL, p->n, NULL, 1, variances, MVO_CHECK_ALL, error);
    mvoi_release(p->context, variances);
    return status;
}

static mvo_status make_oracle(filter *f, const mvo_solver *solver, mvo_error *error)
{
    const problem *p = f->problem;
    mvo_constraints *rules = NULL;
    mvo_covariance *zero = NULL;
    double tolerance;
    mvo_status status = make_rules(&rules, f, error);
    if (status == MVO_OK)
        status = make_zero_covariance(&zero, p, error);
    if (status == MVO_OK)
        status = mvo_solver_new(&f->oracle, p->context, zero, rules, error);
    if (status == MVO_OK)
        status = mvo_solver_real(&tolerance, solver, MVO_OPTION_TOLERANCE, error);
    if (status == MVO_OK)
        status = mvo_solver_set_real(f->oracle, MVO_OPTION_TOLERANCE, tolerance, error);
    mvo_covariance_unref(zero);
    mvo_constraints_free(rules);
    for (size_t k = 0; k < p->n + p->m; k++) {
        f->lower[k] = -INFINITY;
        f->upper[k] = INFINITY;
    }
    return status;
}

/* Puts member k into the oracle's set or takes it out. */
static mvo_status put(filter *f, size_t k, int in, mvo_error *error)
{
    const member *who = &f->members[k];
    const size_t at = place(f->problem, who->kind, who->index);
    if (who->side == MVO_AT_LOWER)
        f->lower[at] = in ? who->limit : -INFINITY;
    else
        f->upper[at] = in ? who->limit : INFINITY;
    f->in[k] = (unsigned char)in;
    if (who->kind == MVO_CONFLICT_BOUND)
        return mvo_solver_set_bound(f->oracle, who->index, f->lower[at], f->upper[at], error);
    return mvo_solver_set_row_limits(f->oracle, f->oracle_id[who->index], f->lower[at], f->upper[at], error);
}

static mvo_status put_all(filter *f, mvo_error *error)
{
    mvo_status status = MVO_OK;
    for (size_t k = 0; status == MVO_OK && k < f->count; k++)
        status = put(f, k, 1, error);
    return status;
}

static mvo_status ask(int *infeasible, filter *f, mvo_error *error)
{
    mvo_outcome outcome = MVO_NUMERICAL;
    const mvo_status status = mvo_solver_solve(&outcome, f->oracle, error);
    *infeasible = status == MVO_OK && outcome == MVO_INFEASIBLE;
    return status;
}

/* Whether the oracle's proof, read into the filter, uses member k. */
static int is_used(const filter *f, size_t k)
{
    const member *who = &f->members[k];
    const double y = who->kind == MVO_CONFLICT_BOUND ? f->bounds[who->index] : f->rows[f->oracle_row[who->index]];
    return who->side == MVO_AT_LOWER ? y > 0.0 : y < 0.0;
}

/* After an infeasible answer: of the members not tried yet (below `end`), those the proof does without go. */
static mvo_status drop_unused(filter *f, size_t end, mvo_error *error)
{
    mvo_status status = mvo_solver_farkas(f->rows, f->bounds, f->oracle);
    if (status != MVO_OK)
        return mvoi_fail(f->problem->context, error, MVO_ERROR_INTERNAL, MVOI_DETAIL(NULL),
                         "an infeasible problem came without its proof");
    for (size_t k = 0; status == MVO_OK && k < end; k++)
        if (f->in[k] && !is_used(f, k))
            status = put(f, k, 0, error);
    return status;
}

/* ------------------------------------------------------------------------------------ the deletion filter */

/* Thins out a set that has just been found infeasible. With `trusting`, what a proof does not use goes without being
   tried; rounding may then have taken too much, which the last question, asked from a cold start, finds out. */
static mvo_status thin_out(int *infeasible, filter *f, int trusting, mvo_error *error)
{
    mvo_status status = MVO_OK;
    if (trusting)
        status = drop_unused(f, f->count, error);
    for (size_t k = f->count; status == MVO_OK && k-- > 0;) {
        int still;
        if (!f->in[k])
            continue;
        status = put(f, k, 0, error);
        if (status == MVO_OK)
            status = ask(&still, f, error);
        if (status != MVO_OK)
            break;
        if (!still)
            status = put(f, k, 1, error);
        else if (trusting)
            status = drop_unused(f, k, error);
    }
    if (status == MVO_OK)
        status = mvo_solver_clear(f->oracle, error);
    return status == MVO_OK ? ask(infeasible, f, error) : status;
}

static void keep_members_in(filter *f)
{
    size_t kept = 0;
    for (size_t k = 0; k < f->count; k++)
        if (f->in[k])
            f->members[kept++] = f->members[k];
    f->count = kept;
}

/* Thins out the members given, if the oracle finds them infeasible; *done says whether an irreducible set was found. */
static mvo_status reduce(int *done, filter *f, const mvo_solver *solver, mvo_error *error)
{
    *done = 0;
    mvo_status status = make_oracle(f, solver, error);
    for (int trusting = 1; status == MVO_OK && !*done && trusting >= 0; trusting--) {
        int infeasible = 0;
        status = put_all(f, error);
        if (status == MVO_OK)
            status = ask(&infeasible, f, error);
        if (status != MVO_OK || !infeasible)
            break;
        status = thin_out(done, f, trusting, error);
    }
    mvo_solver_free(f->oracle);
    f->oracle = NULL;
    if (status == MVO_OK && *done)
        keep_members_in(f);
    return status;
}

static void release_filter(filter *f)
{
    mvo_context *context = f->problem->context;
    mvoi_release(context, f->members);
    mvoi_release(context, f->in);
    mvoi_release(context, f->oracle_id);
    mvoi_release(context, f->oracle_row);
    mvoi_release(context, f->lower);
    mvoi_release(context, f->upper);
    mvoi_release(context, f->rows);
    mvoi_release(context, f->bounds);
}

static mvo_status make_filter(filter *f, const problem *p, mvo_error *error)
{
    const size_t both = p->n + p->m;
    memset(f, 0, sizeof *f);
    f->problem = p;
    f->members = mvoi_allocate(p->context, both, 2 * sizeof *f->members);
    f->in = mvoi_allocate(p->context, both, 2 * sizeof *f->in);
    f->oracle_id = mvoi_allocate(p->context, p->m, sizeof *f->oracle_id);
    f->oracle_row = mvoi_allocate(p->context, p->m, sizeof *f->oracle_row);
    f->lower = mvoi_allocate(p->context, both, sizeof *f->lower);
    f->upper = mvoi_allocate(p->context, both, sizeof *f->upper);
    f->rows = mvoi_allocate(p->context, p->m, sizeof *f->rows);
    f->bounds = mvoi_allocate(p->context, p->n, sizeof *f->bounds);
    if (f->members && f->in && f->oracle_id && f->oracle_row && f->lower && f->upper && f->rows && f->bounds)
        return MVO_OK;
    release_filter(f);
    return mvoi_fail_memory(p->context, error, "a conflict");
}

/* Leaves the conflict in the filter's members: a crossing; or the proof's limits, thinned out; or, where the oracle
   does not find those infeasible, all limits, thinned out; or else - a contradiction of the size of rounding - the
   proof's limits as they are. */
static mvo_status find_members(filter *f, const mvo_solver *solver, mvo_error *error)
{
    const problem *p = f->problem;
    int done = 0;
    f->count = find_crossing(f->members, p);
    if (f->count)
        return MVO_OK;
    for (int proof_only = 1; proof_only >= 0; proof_only--) {
        f->count = collect(f->members, p, proof_only);
        const mvo_status status = reduce(&done, f, solver, error);
        if (status != MVO_OK || done)
            return status;
    }
    if (!proof_holds(p, f->bounds))
        return mvoi_fail(p->context, error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the limits as moved since the last solve do not contradict each other");
    f->count = collect(f->members, p, 1);
    return MVO_OK;
}

/* ------------------------------------------------------------------------------------ the conflict itself */

static const char *name_of(const problem *p, const member *who)
{
    if (who->kind == MVO_CONFLICT_BOUND)
        return mvo_constraints_asset_name(p->names, who->index);
    return who->index < p->names->row_count ? p->names->rows[who->index].name : NULL;
}

/* Upper bound of the length of a line: the name, and what stands around it. */
static size_t line_size(const problem *p, const member *who)
{
    const char *name = name_of(p, who);
    return (name ? strlen(name) : 0) + MVOI_DESCRIPTION_SIZE + MVOI_NUMBER_SIZE;
}

/* Writes the line with its newline and returns its length. */
static size_t write_line(char *to, size_t size, const problem *p, const member *who)
{
    char number[MVOI_NUMBER_SIZE];
    if (who->kind == MVO_CONFLICT_BOUND)
        mvoi_describe_asset(to, size, p->names, who->index);
    else if (who->index < p->names->row_count)
        mvoi_describe_row(to, size, p->names, who->index);
    else
        snprintf(to, size, "the target return");
    const size_t length = strlen(to);
    snprintf(to + length, size - length, " %s %s\n",
             who->side == MVO_AT_LOWER ? ">=" : "<=", mvoi_describe_number(number, who->limit));
    return strlen(to);
}

static char *make_text(const problem *p, const member *members, size_t count)
{
    size_t size = 1, at = 0;
    for (size_t k = 0; k < count; k++)
        size += line_size(p, &members[k]);
    char *text = mvoi_allocate(p->context, size, 1);
    if (!text)
        return NULL;
    for (size_t k = 0; k < count; k++)
        at += write_line(text + at, size - at, p, &members[k]);
    text[at ? at - 1 : 0] = '\0'; /* lines are parted by newlines, the last has none */
    return text;
}

static mvo_status make_conflict(mvo_conflict **conflict, const problem *p, const member *members, size_t count,
                                mvo_error *error)
{
    mvo_conflict *made = mvoi_allocate(p->context, 1, sizeof *made);
    if (!made)
        return mvoi_fail_memory(p->context, error, "a conflict");
    made->context = mvo_context_ref(p->context);
    made->count = count;
    made->members = mvoi_allocate(p->context, count, sizeof *made->members);
    made->ids = mvoi_allocate(p->context, count, sizeof *made->ids);
    made->text = make_text(p, members, count);
    if (!made->members || !made->ids || !made->text) {
        mvo_conflict_free(made);
        return mvoi_fail_memory(p->context, error, "a conflict");
    }
    for (size_t k = 0; k < count; k++) {
        const size_t index = members[k].index;
        const int64_t row_id = index < p->names->row_count ? p->names->rows[index].id : TARGET_ID;
        made->members[k] = members[k];
        made->ids[k] = members[k].kind == MVO_CONFLICT_ROW ? row_id : (int64_t)index;
    }
    *conflict = made;
    return MVO_OK;
}

mvo_status mvo_solver_conflict(mvo_conflict **conflict, mvo_solver *solver, mvo_error *error)
{
    problem p;
    filter f;
    if (!solver)
        return mvoi_fail_null(NULL, error, "solver");
    if (!conflict)
        return mvoi_fail_null(mvoi_solver_context(solver), error, "conflict");
    if (mvoi_solver_outcome(solver) != MVO_INFEASIBLE)
        return mvoi_fail(mvoi_solver_context(solver), error, MVO_ERROR_STATE, MVOI_DETAIL("solver"),
                         "the last solve did not end with MVO_INFEASIBLE");
    mvo_status status = read_problem(&p, solver, error);
    if (status == MVO_OK)
        status = make_filter(&f, &p, error);
    if (status == MVO_OK) {
        status = find_members(&f, solver, error);
        if (status == MVO_OK)
            status = make_conflict(conflict, &p, f.members, f.count, error);
        release_filter(&f);
    }
    release_problem(&p);
    return status;
}

size_t mvo_conflict_count(const mvo_conflict *conflict)
{
    return conflict ? conflict->count : 0;
}

mvo_status mvo_conflict_item(int32_t *kind, int64_t *id, int32_t *side, double *limit, const mvo_conflict *conflict,
                             size_t k)
{
    if (!conflict)
        return MVO_ERROR_NULL;
    if (k >= conflict->count)
        return MVO_ERROR_ARGUMENT;
    const member *who = &conflict->members[k];
    if (kind)
        *kind = who->kind;
    if (id)
        *id = conflict->ids[k];
    if (side)
        *side = who->side;
    if (limit)
        *limit = who->limit;
    return MVO_OK;
}

const char *mvo_conflict_text(const mvo_conflict *conflict)
{
    return conflict ? conflict->text : "";
}

void mvo_conflict_free(mvo_conflict *conflict)
{
    if (!conflict)
        return;
    mvo_context *context = conflict->context;
    mvoi_release(context, conflict->members);
    mvoi_release(context, conflict->ids);
    mvoi_release(context, conflict->text);
    mvoi_release(context, conflict);
    mvo_context_unref(context);
}

/* SPDX-License-Identifier: MIT */
/* Portfolios of few holdings or trades: the handle, its limits, a search, its answer. */
#include "portfolio/selection.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------- handle */

mvo_status mvo_selection_new(mvo_selection **selection, mvo_context *context, mvo_covariance *covariance,
                             const mvo_constraints *constraints, mvo_error *error)
{
    if (!selection || !covariance || !constraints)
        return mvoi_fail_null(context, error, !selection ? "selection" : !covariance ? "covariance" : "constraints");
    if (covariance->n != constraints->n) {
        const mvoi_detail detail = { "constraints", -1, -1, (double)constraints->n, (double)covariance->n };
        return mvoi_fail(context, error, MVO_ERROR_MISMATCH, detail,
                         "the covariance has %zu assets, the constraint set %zu", covariance->n, constraints->n);
    }
    mvo_selection *made = mvoi_allocate(context, 1, sizeof *made);
    if (!made)
        return mvoi_fail_memory(context, error, "a selection");
    memset(made, 0, sizeof *made);
    const size_t n = covariance->n;
    made->context = mvo_context_ref(context);
    made->covariance = mvo_covariance_ref(covariance);
    made->n = made->most_holdings = made->most_trades = n;
    made->time_limit = HUGE_VAL;
    made->gap_limit = 1e-6;
    atomic_init(&made->cancelled, 0);
    made->least = mvoi_allocate(context, n, sizeof(double));
    made->fee = mvoi_allocate(context, n, sizeof(double));
    made->weights = mvoi_allocate(context, n, sizeof(double));
    if (!made->least || !made->fee || !made->weights ||
        mvo_constraints_copy(&made->constraints, constraints, NULL) != MVO_OK) {
        mvo_selection_free(made);
        return mvoi_fail_memory(context, error, "a selection");
    }
    memset(made->least, 0, n * sizeof(double));
    memset(made->fee, 0, n * sizeof(double));
    *selection = made;
    return MVO_OK;
}

void mvo_selection_free(mvo_selection *selection)
{
    if (!selection)
        return;
    mvo_context *context = selection->context;
    mvo_constraints_free(selection->constraints);
    mvo_covariance_unref(selection->covariance);
    mvoi_release(context, selection->least);
    mvoi_release(context, selection->fee);
    mvoi_release(context, selection->weights);
    mvoi_release(context, selection);
    mvo_context_unref(context);
}

/* ------------------------------------------------------------------------------------------------- limits */

mvo_status mvo_selection_set_most_holdings(mvo_selection *selection, size_t most, mvo_error *error)
{
    if (!selection)
        return mvoi_fail_null(NULL, error, "selection");
    selection->most_holdings = most < selection->n ? most : selection->n;
    return MVO_OK;
}

mvo_status mvo_selection_set_most_trades(mvo_selection *selection, size_t most, mvo_error *error)
{
    if (!selection)
        return mvoi_fail_null(NULL, error, "selection");
    selection->most_trades = most < selection->n ? most : selection->n;
    return MVO_OK;
}

/* Copies n numbers that are finite and not negative; NULL stands for zeros. */
static mvo_status set_vector(mvo_selection *selection, double *target, const char *argument, const double *values,
                             mvo_error *error)
{
    if (!selection)
        return mvoi_fail_null(NULL, error, "selection");
    if (!values) {
        memset(target, 0, selection->n * sizeof *target);
        return MVO_OK;
    }
    const mvo_status checked = mvoi_check_vector(selection->context, error, argument, values, selection->n);
    if (checked != MVO_OK)
        return checked;
    for (size_t j = 0; j < selection->n; j++)
        if (values[j] < 0.0) {
            const mvoi_detail detail = { argument, (int64_t)j, -1, values[j], 0.0 };
            char asset[MVOI_DESCRIPTION_SIZE];
            mvoi_describe_asset(asset, sizeof asset, selection->constraints, j);
            return mvoi_fail(selection->context, error, MVO_ERROR_ARGUMENT, detail, "%s of %s is %g, less than 0",
                             argument, asset, values[j]);
        }
    memcpy(target, values, selection->n * sizeof *target);
    return MVO_OK;
}

mvo_status mvo_selection_set_least_positions(mvo_selection *selection, const double *least, mvo_error *error)
{
    return set_vector(selection, selection ? selection->least : NULL, "least", least, error);
}

mvo_status mvo_selection_set_trade_fees(mvo_selection *selection, const double *fee, mvo_error *error)
{
    return set_vector(selection, selection ? selection->fee : NULL, "fee", fee, error);
}

mvo_status mvo_selection_set_limits(mvo_selection *selection, double seconds, int64_t nodes, double gap,
                                    mvo_error *error)
{
    if (!selection)
        return mvoi_fail_null(NULL, error, "selection");
    const double value[2] = { seconds, gap };
    const char *const name[2] = { "seconds", "gap" };
    for (int i = 0; i < 2; i++) {
        const mvoi_detail detail = { name[i], -1, -1, value[i], i ? 1.0 : 0.0 };
        if (isnan(value[i]))
            return mvoi_fail(selection->context, error, MVO_ERROR_NOT_FINITE, detail, "%s is NaN", name[i]);
        if (value[i] < 0.0 || (i == 1 && value[i] >= 1.0))
            return mvoi_fail(selection->context, error, MVO_ERROR_ARGUMENT, detail, "%s is %g", name[i], value[i]);
    }
    if (nodes < 0) {
        const mvoi_detail detail = { "nodes", -1, -1, (double)nodes, 0.0 };
        return mvoi_fail(selection->context, error, MVO_ERROR_ARGUMENT, detail, "nodes is %lld", (long long)nodes);
    }
    selection->time_limit = seconds;
    selection->node_limit = nodes;
    selection->gap_limit = gap;
    return MVO_OK;
}

mvo_status mvo_selection_set_progress(mvo_selection *selection, mvo_selection_progress_fn progress, void *user,
                                      mvo_error *error)
{
    if (!selection)
        return mvoi_fail_null(NULL, error, "selection");
    selection->progress = progress;
    selection->user = user;
    return MVO_OK;
}

void mvo_selection_cancel(mvo_selection *selection)
{
    if (selection)
        atomic_store_explicit(&selection->cancelled, 1, memory_order_relaxed);
}

/* ------------------------------------------------------------------------------------------------- search */

static int32_t watch_cancel(void *user, int64_t iterations)
{
    mvo_selection *selection = user;
    (void)iterations;
    return atomic_load_explicit(&selection->cancelled, memory_order_relaxed);
}

static void close_search(mvoi_search *search)
{
    void *const owned[] = { search->low,  search->high,    search->buy,   search->sell, search->base_buy, search->base_sell,
                            search->w,    search->reduced, search->score, search->best, search->twin,     search->order,
                            search->mask, search->trial,   search->other };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        mvoi_release(search->context, owned[i]);
    mvoi_tree_free(&search->tree);
    mvo_solver_free(search->solver);
}

static int allocate(mvoi_search *search)
{
    double **const numbers[] = { &search->low,      &search->high,      &search->buy, &search->sell,
                                 &search->base_buy, &search->base_sell, &search->w,   &search->reduced,
                                 &search->score,    &search->best };
    const size_t n = search->n;
    int complete = 1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        complete &= (*numbers[i] = mvoi_allocate(search->context, n, sizeof(double))) != NULL;
    complete &= (search->twin = mvoi_allocate(search->context, n, sizeof(size_t))) != NULL;
    complete &= (search->order = mvoi_allocate(search->context, n, sizeof(size_t))) != NULL;
    complete &= (search->mask = mvoi_allocate(search->context, n, 2)) != NULL; /* the node's and the root's */
    complete &= (search->trial = mvoi_allocate(search->context, n, 1)) != NULL;
    complete &= (search->other = mvoi_allocate(search->context, n, 1)) != NULL;
    return complete;
}

/* A solver of the relaxations: where there are fees it needs room for rates of trading. */
static int make_solver(mvoi_search *search)
{
    mvo_selection *s = search->selection;
    mvo_constraints *set = s->constraints, *copy = NULL;
    int fees = 0;
    for (size_t j = 0; j < s->n; j++) {
        search->base_buy[j] = mvoi_buy_rate(set, j);
        search->base_sell[j] = mvoi_sell_rate(set, j);
        fees |= s->fee[j] > 0.0;
    }
    if (fees && (mvo_constraints_copy(&copy, set, NULL) != MVO_OK ||
                 mvo_constraints_set_trading_costs(copy, search->base_buy, search->base_sell, NULL) != MVO_OK)) {
        mvo_constraints_free(copy);
        return 0;
    }
    const mvo_status made = mvo_solver_new(&search->solver, search->context, s->covariance, copy ? copy : set, NULL);
    mvo_constraints_free(copy);
    return made == MVO_OK;
}

/* Whether exchanging assets a and b changes nothing of the problem. */
static int are_twins(const mvoi_search *search, size_t a, size_t b)
{
    const mvo_selection *s = search->selection;
    const mvo_constraints *set = s->constraints;
    const mvo_covariance *sigma = s->covariance;
    int same = sigma->diagonal[a] == sigma->diagonal[b] && set->lower[a] == set->lower[b] &&
               set->upper[a] == set->upper[b] && s->least[a] == s->least[b] && s->fee[a] == s->fee[b] &&
               set->holdings[a] == set->holdings[b] && search->base_buy[a] == search->base_buy[b] &&
               search->base_sell[a] == search->base_sell[b] && mvoi_borrow_rate(set, a) == mvoi_borrow_rate(set, b);
    same = same && (!search->linear || search->linear[a] == search->linear[b]) &&
           (!search->mu || search->mu[a] == search->mu[b]) &&
           (!set->ladders || (!set->ladders[a].slope && !set->ladders[b].slope));
    for (size_t i = 0; same && i < set->row_count; i++)
        same = set->rows[i].coefficients[a] == set->rows[i].coefficients[b];
    for (size_t k = 0; same && k < s->n; k++)
        same = k == a || k == b || mvoi_covariance_entry(sigma, a, k) == mvoi_covariance_entry(sigma, b, k);
    return same;
}

static void find_twins(mvoi_search *search)
{
    for (size_t j = 0; j < search->n; j++) {
        size_t k = j;
        while (k > 0 && !are_twins(search, k - 1, j))
            k--;
        search->twin[j] = k > 0 ? k - 1 : j;
    }
}

static int open_search(mvoi_search *search, mvo_selection *selection, const double *linear, const double *mu,
                       double target)
{
    memset(search, 0, sizeof *search);
    search->context = selection->context;
    search->selection = selection;
    search->n = selection->n;
    search->linear = linear;
    search->mu = mu;
    search->target = target;
    search->best_objective = HUGE_VAL;
    mvoi_tree_init(&search->tree, search->context, search->n);
    if (!allocate(search) || !make_solver(search))
        return 0;
    search->solver->watch.progress = watch_cancel;
    search->solver->watch.user = selection;
    find_twins(search);
    const mvo_constraints *set = selection->constraints;
    search->counts = (mvoi_counts){ search->n,        selection->most_holdings, selection->most_trades, set->lower,
                                    set->upper,       selection->least,         selection->fee,         set->holdings,
                                    search->twin };
    mvoi_search_set_deadline(search, selection->time_limit);
    return 1;
}

static void keep_answer(mvo_selection *s, const mvoi_search *search, double bound)
{
    s->solved = 1;
    s->found = search->found;
    s->objective = search->best_objective;
    s->bound = bound;
    s->nodes = search->nodes;
    s->gap = HUGE_VAL;
    if (!search->found)
        return;
    memcpy(s->weights, search->best, s->n * sizeof *s->weights);
    s->gap = s->objective > bound ? (s->objective - bound) / search->best_scale : 0.0;
}

mvo_status mvo_selection_minimise(mvo_outcome *outcome, mvo_selection *selection, const double *linear,
                                  const double *mu, double target, mvo_error *error)
{
    if (!outcome || !selection)
        return mvoi_fail_null(selection ? selection->context : NULL, error, selection ? "outcome" : "selection");
    mvo_context *context = selection->context;
    mvo_status checked = MVO_OK;
    if (linear)
        checked = mvoi_check_vector(context, error, "linear", linear, selection->n);
    if (checked == MVO_OK && mu)
        checked = mvoi_check_vector(context, error, "mu", mu, selection->n);
    if (checked == MVO_OK && mu && !isfinite(target)) {
        const mvoi_detail detail = { "target", -1, -1, target, 0.0 };
        checked = mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "target is %g", target);
    }
    if (checked != MVO_OK)
        return checked;
    mvoi_search search;
    double bound = 0.0;
    int memory = 0;
    mvo_outcome found = MVO_NUMERICAL;
    atomic_store_explicit(&selection->cancelled, 0, memory_order_relaxed);
    if (open_search(&search, selection, linear, mu, target))
        found = mvoi_search_run(&search, &bound, &memory);
    if (memory) {
        keep_answer(selection, &search, bound);
        *outcome = found;
    }
    close_search(&search);
    return memory ? MVO_OK : mvoi_fail_memory(context, error, "a search");
}

/* ------------------------------------------------------------------------------------------------- answer */

mvo_status mvo_selection_weights(double *weights, const mvo_selection *selection)
{
    if (!weights || !selection)
        return MVO_ERROR_NULL;
    if (!selection->found)
        return MVO_ERROR_STATE;
    memcpy(weights, selection->weights, selection->n * sizeof *weights);
    return MVO_OK;
}

mvo_status mvo_selection_result(double *objective, double *bound, double *gap, int64_t *nodes,
                                const mvo_selection *selection)
{
    if (!selection)
        return MVO_ERROR_NULL;
    if (!selection->solved)
        return MVO_ERROR_STATE;
    if (objective)
        *objective = selection->objective;
    if (bound)
        *bound = selection->bound;
    if (gap)
        *gap = selection->gap;
    if (nodes)
        *nodes = selection->nodes;
    return MVO_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * DebtRank (Battiston, Puliga, Kaushik, Tasca & Caldarelli 2012, Scientific Reports 2, 541, equations 1 to 3): distress
 * h of each node in [0, 1] spreads by the impact W_ij = min(1, what i owes j / equity of j). A node hands its distress
 * on once, in the step after it was first hit, and may be hit again afterwards.
 */
#include "estimate/assemble.h"
#include "estimate/network.h"

#include <math.h>
#include <string.h>

enum { UNTOUCHED, DISTRESSED, INACTIVE };

typedef struct spread {
    size_t nodes;
    const double *liabilities;
    size_t ld;
    const double *equity;
    double *h, *next; /* nodes each */
    unsigned char *state;
} spread;

static double impact(const spread *s, size_t from, size_t on)
{
    return fmin(1.0, s->liabilities[from + on * s->ld] / s->equity[on]);
}

/* One step; returns whether a node is still to hand its distress on. */
static int step(spread *s)
{
    int waiting = 0;
    memcpy(s->next, s->h, s->nodes * sizeof *s->h);
    for (size_t i = 0; i < s->nodes; i++)
        for (size_t j = 0; s->state[i] == DISTRESSED && j < s->nodes; j++)
            if (j != i)
                s->next[j] = fmin(1.0, s->next[j] + impact(s, i, j) * s->h[i]);
    for (size_t i = 0; i < s->nodes; i++) {
        if (s->state[i] == DISTRESSED)
            s->state[i] = INACTIVE;
        else if (s->state[i] == UNTOUCHED && s->next[i] > 0.0)
            s->state[i] = DISTRESSED;
        waiting |= s->state[i] == DISTRESSED;
        s->h[i] = s->next[i];
    }
    return waiting;
}

static mvo_status spread_new(spread *s, mvo_context *context, mvo_error *error)
{
    s->h = mvoi_allocate(context, 2 * s->nodes, sizeof *s->h);
    s->state = mvoi_allocate(context, s->nodes, 1);
    if (!s->h || !s->state)
        return mvoi_fail_memory(context, error, "the spread of distress");
    s->next = s->h + s->nodes;
    return MVO_OK;
}

static void spread_free(spread *s, mvo_context *context)
{
    mvoi_release(context, s->state);
    mvoi_release(context, s->h);
}

/* From the shock in h to the end. */
static void run(spread *s)
{
    int waiting = 0;
    for (size_t i = 0; i < s->nodes; i++) {
        s->state[i] = s->h[i] > 0.0 ? DISTRESSED : UNTOUCHED;
        waiting |= s->h[i] > 0.0;
    }
    while (waiting)
        waiting = step(s);
}

static mvo_status check_network(mvo_context *context, mvo_error *error, const spread *s)
{
    mvo_status status = mvoi_check_liabilities(context, error, s->liabilities, s->ld, s->nodes);
    if (status == MVO_OK)
        status = mvoi_check_vector(context, error, "equity", s->equity, s->nodes);
    for (size_t i = 0; status == MVO_OK && i < s->nodes; i++) {
        const mvoi_detail detail = { "equity", (int64_t)i, -1, s->equity[i], 0.0 };
        if (!(s->equity[i] > 0.0))
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "equity[%zu] is %g, not above zero", i,
                             s->equity[i]);
    }
    return status;
}

/* Shares of the whole, by value or (NULL) by equity; their total must be positive. */
static mvo_status check_value(double *whole, mvo_context *context, mvo_error *error, const double *value,
                              const spread *s)
{
    const mvo_status status =
        value ? mvoi_check_all_between(context, error, "value", value, s->nodes, 0.0, HUGE_VAL) : MVO_OK;
    *whole = 0.0;
    for (size_t i = 0; status == MVO_OK && i < s->nodes; i++)
        *whole += value ? value[i] : s->equity[i];
    if (status == MVO_OK && !(*whole > 0.0 && isfinite(*whole)))
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL(value ? "value" : "equity"),
                         "the values of the nodes add up to %g", *whole);
    return status;
}

mvo_status mvo_debt_rank(double *debt_rank, double *distress, mvo_context *context, size_t nodes,
                         const double *liabilities, size_t ld, const double *equity, const double *value,
                         const double *shock, mvo_error *error)
{
    spread s = { nodes, liabilities, ld, equity, NULL, NULL, NULL };
    double whole = 0.0;
    if (!debt_rank)
        return mvoi_fail_null(context, error, "debt_rank");
    mvo_status status = check_network(context, error, &s);
    if (status == MVO_OK)
        status = check_value(&whole, context, error, value, &s);
    if (status == MVO_OK)
        status = mvoi_check_all_between(context, error, "shock", shock, nodes, 0.0, 1.0);
    if (status != MVO_OK)
        return status;
    status = spread_new(&s, context, error);
    if (status == MVO_OK) {
        double rank = 0.0;
        memcpy(s.h, shock, nodes * sizeof *shock);
        run(&s);
        for (size_t i = 0; i < nodes; i++)
            rank += (s.h[i] - shock[i]) * ((value ? value[i] : equity[i]) / whole);
        *debt_rank = rank;
        if (distress)
            memcpy(distress, s.h, nodes * sizeof *distress);
    }
    spread_free(&s, context);
    return status;
}

/* ------------------------------------------------------------------------- from nodes to holdings */

/* Shares of each asset's value that stand at each node: none negative, no more than all of it. */
static mvo_status check_dependence(mvo_context *context, mvo_error *error, const double *dependence, size_t ld,
                                   size_t n, size_t nodes)
{
    if (n == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("n"), "n is 0");
    if (!dependence)
        return mvoi_fail_null(context, error, "dependence");
    mvo_status status = mvoi_check_leading(context, error, "ld_dependence", ld, "n", n, nodes);
    if (status == MVO_OK)
        status = mvoi_check_table(context, error, "dependence", dependence, n, nodes, ld);
    for (size_t i = 0; status == MVO_OK && i < n; i++) {
        double whole = 0.0;
        for (size_t j = 0; j < nodes; j++) {
            const double share = dependence[i + j * ld];
            const mvoi_detail detail = { "dependence", (int64_t)i, (int64_t)j, share, 0.0 };
            whole += share;
            if (share < 0.0)
                return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                                 "dependence[%zu, %zu] is %g, but no share is negative", i, j, share);
        }
        const mvoi_detail detail = { "dependence", (int64_t)i, -1, whole, 1.0 };
        if (whole > 1.0 + 1e-10)
            return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail,
                             "the shares of asset %zu at the nodes add up to %.17g, more than 1", i, whole);
    }
    return status;
}

mvo_status mvo_failure_losses(double *losses, double *distress, mvo_context *context, size_t nodes,
                              const double *liabilities, size_t ld, const double *equity, size_t failed, size_t n,
                              const double *dependence, size_t ld_dependence, mvo_error *error)
{
    spread s = { nodes, liabilities, ld, equity, NULL, NULL, NULL };
    const mvoi_detail detail = { "failed", -1, -1, (double)failed, (double)nodes };
    if (!losses)
        return mvoi_fail_null(context, error, "losses");
    mvo_status status = check_network(context, error, &s);
    if (status == MVO_OK && failed >= nodes)
        status = mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "failed is %zu, but there are %zu nodes", failed,
                           nodes);
    if (status == MVO_OK)
        status = check_dependence(context, error, dependence, ld_dependence, n, nodes);
    if (status != MVO_OK)
        return status;
    status = spread_new(&s, context, error);
    if (status == MVO_OK) {
        memset(s.h, 0, nodes * sizeof *s.h);
        s.h[failed] = 1.0;
        run(&s);
        for (size_t i = 0; i < n; i++) {
            double loss = 0.0;
            for (size_t j = 0; j < nodes; j++)
                loss += dependence[i + j * ld_dependence] * s.h[j];
            losses[i] = fmin(loss, 1.0);
        }
        if (distress)
            memcpy(distress, s.h, nodes * sizeof *distress);
    }
    spread_free(&s, context);
    return status;
}

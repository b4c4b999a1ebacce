/* SPDX-License-Identifier: MIT */
/*
 * What the nodes of a network pay each other when some cannot pay in full: the greatest clearing vector of Eisenberg &
 * Noe (2001), Management Science 47, with the recovery rates of Rogers & Veraart (2013), Management Science 59. With
 * p_bar what is owed in all and Pi_ij the share of node i's debts that is owed to j, a node that can pays p_bar, one
 * that cannot pays alpha e_i + beta sum_j Pi_ji p_j. The set of defaults grows from round to round (fictitious default
 * algorithm; GA of Rogers & Veraart, definition 3.6), so there are at most n of them, each one linear system.
 */
#include "estimate/assemble.h"
#include "estimate/network.h"
#include "linalg/lapack.h"

#include <math.h>
#include <string.h>

static const double ROUNDING = 1e-12; /* of a shortfall relative to what is owed */

typedef struct network {
    size_t n;
    const double *liabilities; /* element (i, j): i owes j */
    size_t ld;
    const double *outside; /* or NULL */
    const double *assets;
    double alpha, beta;
    double *owed, *paid, *received; /* n each */
    double *system, *numbers;       /* n-by-n of the nodes in default */
    size_t *which;                  /* n: the nodes in default */
    int32_t *wave, *exchanges;      /* n each */
} network;

static double owes(const network *w, size_t i, size_t j)
{
    return i == j ? 0.0 : w->liabilities[i + j * w->ld];
}

/* received_i = sum over j of Pi_ji paid_j. */
static void receive(network *w)
{
    for (size_t i = 0; i < w->n; i++) {
        w->received[i] = 0.0;
        for (size_t j = 0; j < w->n; j++)
            if (w->paid[j] > 0.0)
                w->received[i] += owes(w, j, i) / w->owed[j] * w->paid[j];
    }
}

/* Nodes that newly cannot pay are marked with the round; returns how many are in default now. */
static size_t mark(network *w, int32_t round)
{
    size_t count = 0;
    for (size_t i = 0; i < w->n; i++) {
        const double shortfall = w->owed[i] - (w->assets[i] + w->received[i]);
        if (w->wave[i] == 0 && shortfall > ROUNDING * w->owed[i])
            w->wave[i] = round;
        if (w->wave[i])
            w->which[count++] = i;
    }
    return count;
}

/* Payments given who defaults: (I - beta Pi_DD') p_D = alpha e_D + beta Pi_SD' p_bar_S. Returns 0 where singular. */
static int settle(network *w, size_t count)
{
    for (size_t a = 0; a < count; a++) {
        const size_t i = w->which[a];
        double value = w->alpha * w->assets[i];
        for (size_t j = 0; j < w->n; j++)
            if (w->wave[j] == 0)
                value += w->beta * owes(w, j, i);
        w->received[a] = value;
        for (size_t b = 0; b < count; b++) {
            const size_t j = w->which[b];
            w->system[a + b * count] = (a == b ? 1.0 : 0.0) - w->beta * (owes(w, j, i) / w->owed[j]);
        }
    }
    if (!mvoi_lapack_solve(count, 1, w->system, count, w->exchanges, w->received, count))
        return 0;
    for (size_t a = 0; a < count; a++) {
        const size_t i = w->which[a];
        w->paid[i] = fmin(fmax(w->received[a], 0.0), w->owed[i]);
    }
    return 1;
}

static mvo_status clear(int64_t *rounds, network *w, mvo_context *context, mvo_error *error)
{
    size_t before = 0;
    memcpy(w->paid, w->owed, w->n * sizeof *w->paid);
    memset(w->wave, 0, w->n * sizeof *w->wave);
    for (*rounds = 0;; ++*rounds) {
        receive(w);
        const size_t now = mark(w, (int32_t)(*rounds + 1));
        if (now == before)
            return MVO_OK;
        if (!settle(w, now))
            return mvoi_fail(context, error, MVO_ERROR_INTERNAL, MVOI_DETAIL("liabilities"),
                             "the payments of %zu nodes in default are not determined", now);
        before = now;
    }
}

mvo_status mvoi_check_liabilities(mvo_context *context, mvo_error *error, const double *liabilities, size_t ld,
                                  size_t nodes)
{
    if (nodes == 0)
        return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("nodes"), "nodes is 0");
    if (!liabilities)
        return mvoi_fail_null(context, error, "liabilities");
    mvo_status status = mvoi_check_leading(context, error, "ld", ld, "nodes", nodes, nodes);
    if (status == MVO_OK)
        status = mvoi_check_table(context, error, "liabilities", liabilities, nodes, nodes, ld);
    for (size_t j = 0; status == MVO_OK && j < nodes; j++)
        for (size_t i = 0; i < nodes; i++) {
            const double value = liabilities[i + j * ld];
            const mvoi_detail detail = { "liabilities", (int64_t)i, (int64_t)j, value, 0.0 };
            if (value < 0.0 || (i == j && value != 0.0))
                return mvoi_fail(context, error, MVO_ERROR_ARGUMENT, detail, "liabilities[%zu, %zu] is %g, but %s", i,
                                 j, value, i == j ? "no node owes itself" : "no debt is negative");
        }
    return status;
}

static mvo_status check(mvo_context *context, mvo_error *error, const network *w)
{
    mvo_status status = mvoi_check_liabilities(context, error, w->liabilities, w->ld, w->n);
    if (status == MVO_OK && w->outside)
        status = mvoi_check_all_between(context, error, "outside", w->outside, w->n, 0.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_check_all_between(context, error, "assets", w->assets, w->n, 0.0, HUGE_VAL);
    if (status == MVO_OK)
        status = mvoi_check_between(context, error, "asset_recovery", w->alpha, 0.0, 1.0);
    if (status == MVO_OK)
        status = mvoi_check_between(context, error, "claim_recovery", w->beta, 0.0, 1.0);
    return status;
}

static mvo_status total(network *w, mvo_context *context, mvo_error *error)
{
    for (size_t i = 0; i < w->n; i++) {
        w->owed[i] = w->outside ? w->outside[i] : 0.0;
        for (size_t j = 0; j < w->n; j++)
            w->owed[i] += owes(w, i, j);
        const mvoi_detail detail = { "liabilities", (int64_t)i, -1, w->owed[i], 0.0 };
        if (!isfinite(w->owed[i]))
            return mvoi_fail(context, error, MVO_ERROR_NOT_FINITE, detail, "what node %zu owes in all overflows", i);
    }
    return MVO_OK;
}

mvo_status mvo_clearing_payments(double *payments, double *equity, int32_t *wave, mvo_context *context, size_t nodes,
                                 const double *liabilities, size_t ld, const double *outside, const double *assets,
                                 double asset_recovery, double claim_recovery, mvo_error *error)
{
    network w = { nodes, liabilities, ld,   outside, assets, asset_recovery, claim_recovery, NULL, NULL, NULL,
                  NULL,  NULL,        NULL, NULL,    NULL };
    int64_t rounds = 0;
    if (!payments)
        return mvoi_fail_null(context, error, "payments");
    mvo_status status = check(context, error, &w);
    if (status != MVO_OK)
        return status;
    const int fits = nodes <= SIZE_MAX / sizeof(double) / 2 / nodes && mvoi_lapack_fits(nodes);
    w.numbers = fits ? mvoi_allocate(context, nodes * nodes + 3 * nodes, sizeof *w.numbers) : NULL;
    w.which = mvoi_allocate(context, nodes, sizeof *w.which);
    w.wave = mvoi_allocate(context, nodes, sizeof *w.wave);
    w.exchanges = mvoi_allocate(context, nodes, sizeof *w.exchanges);
    if (w.numbers && w.which && w.wave && w.exchanges) {
        w.owed = w.numbers;
        w.paid = w.numbers + nodes;
        w.received = w.numbers + 2 * nodes;
        w.system = w.numbers + 3 * nodes;
        status = total(&w, context, error);
        if (status == MVO_OK)
            status = clear(&rounds, &w, context, error);
    } else {
        status = mvoi_fail_memory(context, error, "clearing payments");
    }
    for (size_t i = 0; status == MVO_OK && i < nodes; i++) {
        payments[i] = w.paid[i];
        if (equity)
            equity[i] = w.wave[i] ? 0.0 : fmax(w.assets[i] + w.received[i] - w.owed[i], 0.0);
        if (wave)
            wave[i] = w.wave[i];
    }
    mvoi_release(context, w.exchanges);
    mvoi_release(context, w.wave);
    mvoi_release(context, w.which);
    mvoi_release(context, w.numbers);
    return status;
}

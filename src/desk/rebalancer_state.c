/* SPDX-License-Identifier: MIT */
/*
 * What ticks have made of a rebalancer, as bytes: holdings and equity, what is remembered of prices, the stream, the
 * forecast in use, the guard's draws. The solver's memory of its last answer is not among them; saving drops it, so
 * that both sides go on cold and alike.
 *
 * Words of eight bytes: what it is and of which size, then numbers, then a checksum (FNV-1a) of all before.
 */
#include "desk/rebalancer.h"

#include <string.h>

enum { HEAD = 9, SINGLES = 8, VECTORS = 8 };

static size_t forecast_words(const mvo_rebalancer *r)
{
    const mvo_covariance *made = r->forecast[0];
    return made->kind == MVOI_DENSE ? r->n * made->ld : r->n * made->k;
}

static size_t state_words(const mvo_rebalancer *r)
{
    return HEAD + SINGLES + VECTORS * r->n + 1 + r->n + forecast_words(r) + mvoi_stream_state_size(r->stream) + 1;
}

/* The first words of a state of this rebalancer: none of them may differ where it is to go on. */
static void head_of(uint64_t head[HEAD], const mvo_rebalancer *r)
{
    memcpy(&head[0], "mvo reb", 8);
    head[1] = (uint64_t)mvo_version_number();
    head[2] = r->n;
    head[3] = (uint64_t)r->stream->kind;
    head[4] = (uint64_t)r->stream->mean;
    head[5] = r->stream->window;
    memcpy(&head[6], &r->stream->decay, 8);
    head[7] = r->stream->ddof;
    head[8] = state_words(r);
}

static uint64_t checksum(const unsigned char *bytes, size_t count)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* The vectors, in order. */
static void list_vectors(double *vectors[VECTORS], const mvo_rebalancer *r)
{
    double *const all[VECTORS] = { r->last,      r->seen,     r->refused, r->elapsed,
                                   r->unchanged, r->holdings, r->target,  r->mean };
    memcpy(vectors, all, sizeof all);
}

/* ------------------------------------------------------------------------------------------------- saving */

static unsigned char *put(unsigned char *at, const void *from, size_t words)
{
    memcpy(at, from, words * 8);
    return at + words * 8;
}

static void write_state(unsigned char *state, const mvo_rebalancer *r)
{
    const mvo_covariance *made = r->forecast[r->current];
    const double singles[SINGLES - 1] = {
        r->value, (double)r->ruined, (double)r->delay, (double)r->tick.number, (double)r->source, r->base, r->spanned
    };
    const double rank = (double)made->rank_bound;
    uint64_t head[HEAD];
    double *vectors[VECTORS];
    unsigned char *at = state;
    head_of(head, r);
    list_vectors(vectors, r);
    at = put(at, head, HEAD);
    at = put(at, singles, SINGLES - 1);
    at = put(at, &r->random, 1);
    for (int k = 0; k < VECTORS; k++)
        at = put(at, vectors[k], r->n);
    at = put(at, &rank, 1);
    at = put(at, made->owned[0], r->n);
    at = put(at, made->owned[1], forecast_words(r));
    mvoi_stream_save(at, r->stream);
    at += 8 * mvoi_stream_state_size(r->stream);
    const uint64_t sum = checksum(state, (size_t)(at - state));
    put(at, &sum, 1);
}

mvo_status mvo_rebalancer_save(void *state, size_t size, size_t *needed, mvo_rebalancer *rebalancer, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    if (!state && !needed)
        return mvoi_fail_null(rebalancer->context, error, "state");
    const size_t bytes = 8 * state_words(rebalancer);
    const mvoi_detail detail = { "size", -1, -1, (double)size, (double)bytes };
    if (state && size < bytes)
        return mvoi_fail(rebalancer->context, error, MVO_ERROR_ARGUMENT, detail,
                         "size is %zu, less than the %zu needed", size, bytes);
    if (needed)
        *needed = bytes;
    if (!state)
        return MVO_OK;
    write_state(state, rebalancer);
    return mvo_solver_clear(rebalancer->solver, error);
}

/* ----------------------------------------------------------------------------------------------- restoring */

static const unsigned char *get(void *to, const unsigned char *at, size_t words)
{
    memcpy(to, at, words * 8);
    return at + words * 8;
}

static mvo_status check_state(const mvo_rebalancer *r, const unsigned char *state, size_t size, mvo_error *error)
{
    static const char *const what[HEAD] = { "is no state of a rebalancer",
                                            "is of another version of the library",
                                            "is of another number of assets",
                                            "is of another kind of stream",
                                            "is of a stream with another mean",
                                            "is of a stream with another window",
                                            "is of a stream with another decay",
                                            "is of a stream with another ddof",
                                            "is of another size" };
    uint64_t head[HEAD], theirs[HEAD], sum;
    const size_t bytes = 8 * state_words(r);
    head_of(head, r);
    if (size < sizeof theirs)
        return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("size"),
                         "size is %zu: no state is so short", size);
    get(theirs, state, HEAD);
    for (int k = 0; k < HEAD; k++)
        if (theirs[k] != head[k])
            return mvoi_fail(r->context, error, k < 2 ? MVO_ERROR_ARGUMENT : MVO_ERROR_MISMATCH, MVOI_DETAIL("state"),
                             "the state %s", what[k]);
    if (size < bytes)
        return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("size"),
                         "size is %zu, less than the %zu of the state", size, bytes);
    get(&sum, state + bytes - 8, 1);
    if (sum != checksum(state, bytes - 8))
        return mvoi_fail(r->context, error, MVO_ERROR_ARGUMENT, MVOI_DETAIL("state"), "the state is damaged");
    return MVO_OK;
}

static void read_state(mvo_rebalancer *r, const unsigned char *state)
{
    mvo_covariance *made = r->forecast[r->current];
    double singles[SINGLES - 1], rank, *vectors[VECTORS];
    const unsigned char *at = state + 8 * HEAD;
    list_vectors(vectors, r);
    at = get(singles, at, SINGLES - 1);
    at = get(&r->random, at, 1);
    for (int k = 0; k < VECTORS; k++)
        at = get(vectors[k], at, r->n);
    at = get(&rank, at, 1);
    at = get(made->owned[0], at, r->n);
    at = get(made->owned[1], at, forecast_words(r));
    mvoi_stream_restore(r->stream, at);
    made->rank_bound = (size_t)rank;
    r->value = singles[0];
    r->ruined = singles[1] != 0.0;
    r->delay = (int64_t)singles[2];
    r->source = (int32_t)singles[4];
    r->base = singles[5];
    r->spanned = singles[6];
    r->restored = 1;
    r->tick = (mvo_tick)MVO_TICK_INIT;
    r->tick.number = (int64_t)singles[3];
    memset(r->trades, 0, r->n * sizeof(double));
    r->solver->matrices_stale = 1; /* what it holds has been written over */
}

mvo_status mvo_rebalancer_restore(mvo_rebalancer *rebalancer, const void *state, size_t size, mvo_error *error)
{
    if (!rebalancer)
        return mvoi_fail_null(NULL, error, "rebalancer");
    if (!state)
        return mvoi_fail_null(rebalancer->context, error, "state");
    const mvo_status checked = check_state(rebalancer, state, size, error);
    if (checked != MVO_OK)
        return checked;
    read_state(rebalancer, state);
    return mvo_solver_clear(rebalancer->solver, error);
}

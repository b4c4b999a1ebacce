/* SPDX-License-Identifier: MIT */
/*
 * Block pivoting by itself, without the path method behind it. What it calls done must be optimal in the eyes of the
 * verifier, in long double and on the data as given; what it leaves must be a working set to go on from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/counting_allocator.h"
#include "support/market.h"
#include "support/random_problem.h"

#include "qp/block.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTINUOUS_PROBLEMS = 3000, INTEGER_PROBLEMS = 3000 };

/* ---------------------------------------------------------------------------------------------- a solve */

typedef struct solved {
    const instance *p;
    mvo_covariance *covariance;
    mvoi_block *block;
    mvoi_problem problem;
    mvoi_point point;
    double *product;
    int64_t rounds, factorisations;
} solved;

static void *claim(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    assert_non_null(memory);
    return memory;
}

static solved begin(const instance *p, const mvoi_kernels *kernels)
{
    solved s = { .p = p, .covariance = instance_covariance(p, MVO_CHECK_FINITE) };
    assert_non_null(s.covariance);
    s.block = mvoi_block_new(NULL, s.covariance, p->m, kernels);
    assert_non_null(s.block);
    s.problem = (mvoi_problem){ p->n,     p->m,    s.covariance, p->linear,    p->lower,
                                p->upper, p->rows, p->n,         p->row_lower, p->row_upper,
                                NULL,     NULL,    0 };
    s.point = (mvoi_point){ claim(p->n, sizeof(int32_t)), claim(p->m, sizeof(int32_t)), claim(p->n, sizeof(double)),
                            claim(p->m, sizeof(double)), claim(p->n, sizeof(double)) };
    s.product = claim(p->n, sizeof(double));
    return s;
}

static void end(solved *s)
{
    mvoi_block_free(NULL, s->block);
    mvo_covariance_unref(s->covariance);
    free(s->point.side);
    free(s->point.row_side);
    free(s->point.w);
    free(s->point.y);
    free(s->point.z);
    free(s->product);
}

static int solve(solved *s, int warm)
{
    return mvoi_block_solve(s->block, &s->problem, &s->point, warm, &s->rounds, &s->factorisations, s->product);
}

/* 1 if weights stand where their sides say they do. */
static int sides_hold(const solved *s, char *why, size_t size)
{
    for (size_t j = 0; j < s->p->n; j++) {
        const int32_t side = s->point.side[j];
        const double w = s->point.w[j];
        const double limit = side == MVOI_LOWER ? s->p->lower[j] : s->p->upper[j];
        if ((side != MVOI_FREE && w != limit) || (side == MVOI_FREE && s->point.z[j] != 0.0)) {
            snprintf(why, size, "weight %zu is %.17g on side %d, z %g", j, w, (int)side, s->point.z[j]);
            return 0;
        }
    }
    for (size_t i = 0; i < s->p->m; i++) {
        if (s->point.row_side[i] == MVOI_FREE && s->point.y[i] != 0.0) {
            snprintf(why, size, "row %zu is inactive with a multiplier of %g", i, s->point.y[i]);
            return 0;
        }
    }
    return 1;
}

/* 1 if `product` is Sigma w, to rounding of its terms. */
static int product_holds(const solved *s, char *why, size_t size)
{
    const verify_problem view = instance_view(s->p);
    long double *truth = claim(s->p->n, sizeof *truth), *terms = claim(s->p->n, sizeof *terms);
    size_t wrong = 0;
    verify_product(truth, terms, &view, s->point.w);
    while (wrong < s->p->n && fabsl(truth[wrong] - s->product[wrong]) <= 1e-14L * terms[wrong] + 1e-300L)
        wrong++;
    if (wrong < s->p->n)
        snprintf(why, size, "Sigma w is off by %Lg of %Lg at %zu", truth[wrong] - s->product[wrong], terms[wrong],
                 wrong);
    free(truth);
    free(terms);
    return wrong == s->p->n;
}

static int done_is_done(const solved *s, double tolerance, char *why, size_t size)
{
    const verify_problem view = instance_view(s->p);
    return verify_point(&view, s->point.w, s->point.y, s->point.z, 0.0, tolerance, why, size) &&
           sides_hold(s, why, size) && product_holds(s, why, size);
}

static void assert_done(const solved *s, int result, double tolerance)
{
    char why[256] = "";
    assert_int_equal(result, MVOI_BLOCK_DONE);
    if (!done_is_done(s, tolerance, why, sizeof why))
        fail_msg("n = %zu: %s", s->p->n, why);
}

/* ---------------------------------------------------------------------------------------------- markets */

static void long_only(instance *p)
{
    market_long_only(p);
}

static void utility(instance *p)
{
    market_sectors(p);
    for (size_t j = 0; j < p->n; j++)
        p->linear[j] = -p->mu[j] / 5.0;
}

static void at_return(instance *p)
{
    const double target = market_target(p);
    market_long_only(p);
    instance_set_row(p, p->m++, p->mu, target, target);
}

typedef void (*family)(instance *p);
static const family families[] = { long_only, utility, at_return };

static void markets_are_solved(void **state)
{
    (void)state;
    static const size_t sizes[] = { 5, 20, 50, 100, 250 };
    size_t left = 0, all = 0;
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            for (uint64_t seed = 1; seed <= 6; seed++) {
                if (f == 1 && sizes[i] < 20)
                    continue; /* too few assets for ten sectors */
                instance *p = market_new(sizes[i], seed, seed % 2 == 0);
                families[f](p);
                solved s = begin(p, mvoi_kernels_best());
                const int result = solve(&s, 0);
                all++;
                if (result == MVOI_BLOCK_DONE)
                    assert_done(&s, result, 1e-13);
                left += result != MVOI_BLOCK_DONE;
                if (f != 1)
                    assert_int_equal(result, MVOI_BLOCK_DONE);
                end(&s);
                instance_free(p);
            }
        }
    }
    if (left > all / 20)
        fail_msg("%zu of %zu left", left, all);
}

/* The working set after 1 % of noise in the means is a few updates away: no factorisation, and the cold answer. */
static void ticks_follow(void **state)
{
    (void)state;
    random_stream stream = { 5 };
    instance *p = market_new(120, 3, 0);
    utility(p);
    solved s = begin(p, mvoi_kernels_best()), cold = begin(p, mvoi_kernels_best());
    assert_done(&s, solve(&s, 0), 1e-13);
    s.rounds = s.factorisations = 0;
    for (int tick = 0; tick < 200; tick++) {
        for (size_t j = 0; j < p->n; j++) {
            p->mu[j] *= 1.0 + 0.01 * random_normal(&stream);
            p->linear[j] = -p->mu[j] / 5.0;
        }
        assert_done(&s, solve(&s, 1), 1e-13);
        mvoi_block_forget(cold.block);
        if (solve(&cold, 0) != MVOI_BLOCK_DONE)
            continue;
        for (size_t j = 0; j < p->n; j++)
            assert_true(fabs(s.point.w[j] - cold.point.w[j]) <= 1e-12);
    }
    assert_true(s.rounds < 5 * 200);
    assert_true(s.factorisations < 20);
    end(&s);
    end(&cold);
    instance_free(p);
}

/* Limits may move between solves without a word. */
static void moved_limits_are_seen(void **state)
{
    (void)state;
    random_stream stream = { 8 };
    instance *p = market_new(60, 2, 0);
    utility(p);
    solved s = begin(p, mvoi_kernels_best());
    int done = 0;
    assert_done(&s, solve(&s, 0), 1e-13);
    for (int tick = 0; tick < 100; tick++) {
        const size_t j = random_below(&stream, p->n), i = random_below(&stream, p->m);
        p->upper[j] = 0.03 + 0.05 * random_uniform(&stream);
        p->lower[j] = 0.03 * random_uniform(&stream) * random_uniform(&stream);
        if (i > 0)
            p->row_upper[i] = 0.13 + 0.05 * random_uniform(&stream);
        const int result = solve(&s, 1);
        if (result == MVOI_BLOCK_DONE)
            assert_done(&s, result, 1e-13);
        done += result == MVOI_BLOCK_DONE;
    }
    assert_true(done >= 90);
    end(&s);
    instance_free(p);
}

/* A question may add a row for itself and take it away again. */
static void a_problem_may_have_fewer_rows(void **state)
{
    (void)state;
    instance *p = market_new(40, 4, 0);
    at_return(p);
    solved s = begin(p, mvoi_kernels_best());
    assert_done(&s, solve(&s, 0), 1e-13);
    p->m = s.problem.m = 1;
    assert_done(&s, solve(&s, 1), 1e-13);
    p->m = s.problem.m = 2;
    assert_done(&s, solve(&s, 1), 1e-13);
    for (size_t j = 0; j < p->n; j++) /* other coefficients: what was factorised with the old ones must go */
        p->rows[p->n + j] *= 1.0 + 0.9 * sin((double)j);
    mvoi_block_forget(s.block);
    assert_done(&s, solve(&s, 1), 1e-13);
    end(&s);
    instance_free(p);
}

/* Every asset twice: Sigma_FF is singular as soon as a pair is free, so one of each waits. */
static void duplicates_wait(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        instance *one = market_new(40, seed, seed % 2 == 0), *two = market_new(80, seed, 0);
        for (size_t j = 0; j < 80; j++)
            for (size_t i = 0; i < 80; i++)
                two->sigma[i + j * 80] = one->sigma[i % 40 + j % 40 * 40];
        market_long_only(one);
        market_long_only(two);
        solved s = begin(one, mvoi_kernels_best()), t = begin(two, mvoi_kernels_best());
        assert_done(&s, solve(&s, 0), 1e-13);
        assert_done(&t, solve(&t, 0), 1e-13);
        assert_done(&t, solve(&t, 1), 1e-13);
        for (size_t j = 0; j < 40; j++)
            assert_true(fabs(s.point.w[j] - (t.point.w[j] + t.point.w[j + 40])) <= 1e-13);
        end(&s);
        end(&t);
        instance_free(one);
        instance_free(two);
    }
}

/* Powers of two in the units of Sigma and c, of the weights, and of the rows change no bit but the exponent. */
static void units_do_not_matter(void **state)
{
    (void)state;
    instance *p = market_new(50, 7, 0), *q = market_new(50, 7, 0);
    utility(p);
    utility(q);
    const double money = 0x1p-40, weight = 0x1p20, row = 0x1p13;
    for (size_t i = 0; i < q->n * q->n; i++)
        q->sigma[i] *= money;
    for (size_t j = 0; j < q->n; j++) {
        q->linear[j] *= money * weight;
        q->lower[j] *= weight;
        q->upper[j] *= weight;
    }
    for (size_t i = 0; i < q->m; i++) {
        for (size_t j = 0; j < q->n; j++)
            q->rows[i * q->n + j] *= row;
        q->row_lower[i] *= row * weight;
        q->row_upper[i] *= row * weight;
    }
    solved s = begin(p, mvoi_kernels_best()), t = begin(q, mvoi_kernels_best());
    assert_done(&s, solve(&s, 0), 1e-13);
    assert_done(&t, solve(&t, 0), 1e-13);
    for (size_t j = 0; j < p->n; j++)
        assert_true(s.point.w[j] * weight == t.point.w[j]);
    end(&s);
    end(&t);
    instance_free(p);
    instance_free(q);
}

/* Whatever the instruction set, and whenever it is asked again. */
static void bits_are_the_same(void **state)
{
    (void)state;
    static const size_t sizes[] = { 20, 67, 150 };
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        for (size_t i = 0; i < 6; i++) {
            instance *p = market_new(sizes[i % 3], 11 + i, i >= 3);
            families[f](p);
            solved s = begin(p, mvoi_kernels_at(0));
            const int result = solve(&s, 0);
            for (size_t set = 0; mvoi_kernels_at(set); set++) {
                solved t = begin(p, mvoi_kernels_at(set));
                for (int again = 0; again < 2; again++) {
                    mvoi_block_forget(t.block);
                    assert_int_equal(solve(&t, 0), result);
                    assert_memory_equal(s.point.w, t.point.w, p->n * sizeof(double));
                    assert_memory_equal(s.point.y, t.point.y, p->m * sizeof(double));
                    assert_memory_equal(s.point.z, t.point.z, p->n * sizeof(double));
                    assert_memory_equal(s.product, t.product, p->n * sizeof(double));
                }
                end(&t);
            }
            end(&s);
            instance_free(p);
        }
    }
}

/* ---------------------------------------------------------------------------------------------- factors */

/* A factor covariance gives the weights of the same covariance as a matrix, whichever way F is factorised. */
static void factors_agree_with_the_matrix(void **state)
{
    (void)state;
    static const size_t factors[] = { 0, 1, 5, 40 };
    for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
        for (int shorts = 0; shorts < 2; shorts++) {
            const size_t n = 220, k = factors[f]; /* free weights beyond 2 k + 64 take the capacitance matrix */
            instance *p = market_new_factor(n, k ? k : 1, 3 + f);
            p->k = k;
            for (size_t j = 0; j < n; j++)
                p->linear[j] = -p->mu[j] / 5.0;
            market_capped(p);
            if (shorts)
                instance_set_bounds(p, -0.5, 0.5);
            instance *q = instance_new(n, p->m);
            for (size_t j = 0; j < n; j++) {
                for (size_t i = 0; i < n; i++) {
                    double sum = i == j ? p->specific[i] : 0.0;
                    for (size_t a = 0; a < k; a++)
                        for (size_t b = 0; b < k; b++)
                            sum += p->loadings[i + a * n] * p->loadings[j + b * n] *
                                   (p->factor_covariance ? p->factor_covariance[a + b * k]
                                    : a == b             ? 1.0
                                                         : 0.0);
                    q->sigma[i + j * n] = sum;
                }
                q->linear[j] = p->linear[j];
                q->lower[j] = p->lower[j];
                q->upper[j] = p->upper[j];
            }
            instance_set_row(q, 0, p->rows, p->row_lower[0], p->row_upper[0]);
            for (size_t j = 0; j < n; j++) /* both triangles equal to the bit */
                for (size_t i = 0; i < j; i++)
                    q->sigma[i + j * n] = q->sigma[j + i * n];
            solved s = begin(p, mvoi_kernels_best()), t = begin(q, mvoi_kernels_best());
            size_t free_weights = 0;
            assert_done(&s, solve(&s, 0), 1e-13);
            assert_done(&t, solve(&t, 0), 1e-13);
            for (size_t j = 0; j < n; j++) {
                assert_true(fabs(s.point.w[j] - t.point.w[j]) <= 1e-11);
                free_weights += s.point.side[j] == MVOI_FREE;
            }
            if (shorts && k < 40)
                assert_true(free_weights > 2 * k + 64);
            /* and so on, with weights coming and going */
            for (int tick = 0; tick < 20; tick++) {
                for (size_t j = 0; j < n; j++)
                    p->linear[j] *= 1.0 + 0.05 * sin((double)(j * j + (size_t)tick));
                assert_done(&s, solve(&s, 1), 1e-13);
            }
            end(&s);
            end(&t);
            instance_free(p);
            instance_free(q);
        }
    }
}

/* Fewer observations than assets: every specific variance is zero, Sigma_FF is singular beyond as many free weights. */
static void few_periods(void **state)
{
    (void)state;
    enum { N = 60, T = 25 };
    int done = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_stream stream = { seed };
        instance *p = instance_new_factor(N, 1, T);
        for (size_t i = 0; i < N * T; i++)
            p->loadings[i] = 0.02 * random_normal(&stream) + 0.03;
        instance_set_row(p, 0, NULL, 1.0, 1.0);
        instance_set_bounds(p, 0.0, INFINITY);
        solved s = begin(p, mvoi_kernels_best());
        const int result = solve(&s, 0);
        if (result == MVOI_BLOCK_DONE)
            assert_done(&s, result, 1e-12);
        done += result == MVOI_BLOCK_DONE;
        end(&s);
        instance_free(p);
    }
    assert_true(done >= 18);
}

/* ---------------------------------------------------------------------------------------- random problems */

static void assert_usable(const solved *s)
{
    for (size_t j = 0; j < s->p->n; j++) {
        assert_true(isfinite(s->point.w[j]));
        assert_true(s->point.side[j] >= MVOI_LOWER && s->point.side[j] <= MVOI_UPPER);
        if (s->point.side[j] != MVOI_FREE)
            assert_true(s->point.w[j] == (s->point.side[j] == MVOI_LOWER ? s->p->lower[j] : s->p->upper[j]));
    }
    for (size_t i = 0; i < s->p->m; i++)
        assert_true(isfinite(s->point.y[i]));
}

typedef struct tally {
    size_t all, done, left, wrong;
} tally;

static void try_random(tally *count, const instance *p, double tolerance)
{
    char why[256] = "";
    solved s = begin(p, mvoi_kernels_best());
    for (int warm = 0; warm < 2; warm++) {
        const int result = solve(&s, warm);
        count->all++;
        if (result == MVOI_BLOCK_HOPELESS)
            break;
        if (result == MVOI_BLOCK_LEFT) {
            assert_usable(&s);
            count->left++;
            break;
        }
        count->done++;
        if (!done_is_done(&s, tolerance, why, sizeof why)) {
            print_error("n %zu, m %zu%s: %s\n", p->n, p->m, warm ? ", warm" : "", why);
            count->wrong++;
        }
    }
    end(&s);
}

/* Singular, duplicated, riskless, tied, infeasible, unbounded: left, or done and right. */
static void nothing_is_called_done_wrongly(void **state)
{
    (void)state;
    random_stream stream = { 17 };
    tally count = { 0, 0, 0, 0 };
    for (int t = 0; t < CONTINUOUS_PROBLEMS + INTEGER_PROBLEMS; t++) {
        const int kind = t < CONTINUOUS_PROBLEMS ? RANDOM_CONTINUOUS : RANDOM_INTEGER;
        const size_t n = 1 + random_below(&stream, 30), m = random_below(&stream, 8);
        const size_t rank = t % 3 == 0 ? n : random_below(&stream, n + 1);
        instance *p =
            t % 4 == 0 ? random_problem(&stream, n, m, rank, kind) : random_feasible_problem(&stream, n, m, rank, kind);
        try_random(&count, p, 1e-9);
        instance_free(p);
    }
    print_message("random problems: %zu of %zu solves done, %zu left\n", count.done, count.all, count.left);
    assert_int_equal(count.wrong, 0);
    assert_true(2 * count.done > count.all);
}

/*
 * Streams of ticks with rows over few weights each: weights come and go, rows lose their last free weight and find
 * another one.
 */
static void streams_are_followed(void **state)
{
    (void)state;
    random_stream stream = { 29 };
    tally count = { 0, 0, 0, 0 };
    for (int t = 0; t < 2500; t++) {
        char why[256] = "";
        const size_t n = 2 + random_below(&stream, t % 2 ? 6 : 25), m = 1 + random_below(&stream, 6);
        instance *p = random_feasible_problem(&stream, n, m, n, RANDOM_CONTINUOUS);
        for (size_t i = 0; i < m; i++) { /* few ones per row, and limits around an inner point */
            double middle = 0.0;
            for (size_t j = 0; j < n; j++) {
                p->rows[i * n + j] = random_below(&stream, 4) == 0 ? (i % 2 ? 1.0 : random_normal(&stream)) : 0.0;
                middle += p->rows[i * n + j] * (0.5 * p->lower[j] + 0.5 * p->upper[j]);
            }
            p->row_lower[i] = middle - 0.5 * random_uniform(&stream);
            p->row_upper[i] = random_below(&stream, 3) ? middle + 0.5 * random_uniform(&stream) : INFINITY;
        }
        solved s = begin(p, mvoi_kernels_best());
        for (int tick = 0; tick < 12; tick++) {
            const int result = solve(&s, tick > 0);
            count.all++;
            count.done += result == MVOI_BLOCK_DONE;
            if (result == MVOI_BLOCK_DONE && !done_is_done(&s, 1e-11, why, sizeof why)) {
                print_error("n %zu, m %zu, tick %d: %s\n", n, m, tick, why);
                count.wrong++;
            }
            for (size_t j = 0; j < n; j++)
                p->linear[j] += 0.6 * random_normal(&stream);
        }
        end(&s);
        instance_free(p);
    }
    print_message("streams: %zu of %zu solves done\n", count.done, count.all);
    assert_int_equal(count.wrong, 0);
    assert_true(10 * count.done > 9 * count.all);
}

/* Planted optima, many of them degenerate, Sigma of condition up to 1e8. */
static void planted_optima_are_found(void **state)
{
    (void)state;
    random_stream stream = { 23 };
    tally count = { 0, 0, 0, 0 };
    for (int t = 0; t < 1500; t++) {
        const size_t n = 2 + random_below(&stream, 40), m = random_below(&stream, n / 4 + 2);
        const double condition = pow(10.0, 8.0 * random_uniform(&stream));
        planted_problem planted = plant_problem(&stream, n, m, condition, t % 2 ? 0.3 : 0.0);
        try_random(&count, planted.p, 1e-10);
        planted_free(&planted);
    }
    print_message("planted problems: %zu of %zu solves done, %zu left\n", count.done, count.all, count.left);
    assert_int_equal(count.wrong, 0);
    assert_true(10 * count.done > 8 * count.all);
}

static void contradictions_are_not_done(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        instance *p = market_new(30, 5, 0);
        market_long_only(p);
        if (kind == 0)
            instance_set_bounds(p, 0.0, 0.03); /* 30 of them do not make 1 */
        else if (kind == 1)
            instance_set_row(p, p->m++, NULL, 1.5, 2.0);
        else if (kind == 2)
            p->lower[3] = 2.0;
        else
            p->row_lower[0] = 1.25; /* limits that cross */
        solved s = begin(p, mvoi_kernels_best());
        assert_int_not_equal(solve(&s, 0), MVOI_BLOCK_DONE);
        assert_int_not_equal(solve(&s, 1), MVOI_BLOCK_DONE);
        end(&s);
        instance_free(p);
    }
}

/* No variance, no rows: nothing for this method. The point is not touched. */
static void without_variance_it_is_hopeless(void **state)
{
    (void)state;
    instance *p = instance_new(4, 0);
    instance_set_bounds(p, 0.0, 1.0);
    solved s = begin(p, mvoi_kernels_best());
    s.point.w[2] = 42.0;
    assert_int_equal(solve(&s, 0), MVOI_BLOCK_HOPELESS);
    assert_int_equal(solve(&s, 1), MVOI_BLOCK_HOPELESS);
    assert_true(s.point.w[2] == 42.0);
    end(&s);
    instance_free(p);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    counting_allocator allocator = { .refuse_at = COUNTING_NEVER };
    mvo_context *context = NULL;
    assert_int_equal(mvo_context_new(&context, counting_allocate, counting_release, NULL, &allocator, NULL), MVO_OK);
    const size_t held = allocator.live;
    for (int factor = 0; factor < 2; factor++) {
        instance *p = factor ? market_new_factor(20, 3, 1) : market_new(20, 1, 0);
        mvo_covariance *covariance = instance_covariance(p, MVO_CHECK_FINITE);
        assert_non_null(covariance);
        mvoi_block *block = NULL;
        for (size_t at = 0; !block; at++) {
            allocator.asked = 0;
            allocator.refuse_at = at;
            block = mvoi_block_new(context, covariance, 3, mvoi_kernels_best());
            if (!block)
                assert_int_equal(allocator.live, held);
        }
        allocator.refuse_at = COUNTING_NEVER;
        mvoi_block_free(context, block);
        assert_int_equal(allocator.live, held);
        mvo_covariance_unref(covariance);
        instance_free(p);
    }
    mvoi_block_free(context, NULL);
    mvo_context_unref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markets_are_solved),
        cmocka_unit_test(ticks_follow),
        cmocka_unit_test(moved_limits_are_seen),
        cmocka_unit_test(a_problem_may_have_fewer_rows),
        cmocka_unit_test(duplicates_wait),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(bits_are_the_same),
        cmocka_unit_test(factors_agree_with_the_matrix),
        cmocka_unit_test(few_periods),
        cmocka_unit_test(nothing_is_called_done_wrongly),
        cmocka_unit_test(streams_are_followed),
        cmocka_unit_test(planted_optima_are_found),
        cmocka_unit_test(contradictions_are_not_done),
        cmocka_unit_test(without_variance_it_is_hopeless),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

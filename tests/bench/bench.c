/* SPDX-License-Identifier: MIT */
/*
 * Times the library on the families of tests/support/market.h, in units of one OpenBLAS Cholesky factorisation of the
 * same order in the same run. See README.md in this folder for what each line means.
 *
 *     bench [families [orders]]      bench        bench a 500        bench a,b,frontier 100,500
 */
#define _GNU_SOURCE
#include "support/market.h"
#include "support/random.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEDS = 3, MOST_SAMPLES = 4000 };

/* --------------------------------------------------------------------------------------------- clock */

static double read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* Microseconds this thread has been at work: what others on the machine do in between does not count. */
static double now(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* Microseconds of wall clock, for calls too short to bear a system call: those are seldom interrupted. */
static double now_short(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* What reading the clock adds to a sample. */
static double clock_cost;

static double since(double begin)
{
    const double took = now() - begin - clock_cost;
    return took > 0.0 ? took : 0.0;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The q-quantile of x; sorts it. */
static double quantile(double *x, size_t count, double q)
{
    if (!count)
        return NAN;
    qsort(x, count, sizeof *x, ascending);
    return x[(size_t)(q * (double)(count - 1) + 0.5)];
}

static void weigh_clock(void)
{
    double samples[201];
    for (size_t s = 0; s < 201; s++) {
        const double begin = now();
        samples[s] = now() - begin;
    }
    clock_cost = quantile(samples, 201, 0.5);
}

static void *claim(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

/* ------------------------------------------------------------------------------------------ OpenBLAS */

typedef void potrf_fn(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
typedef void symv_fn(const char *uplo, const int *n, const double *alpha, const double *a, const int *lda,
                     const double *x, const int *incx, const double *beta, double *y, const int *incy, size_t);

typedef void set_threads_fn(int);

static potrf_fn *potrf;
static symv_fn *symv;

/* Loaded apart, with its symbols to itself, so that the library under test keeps the BLAS it is linked to. */
static void load_openblas(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library)
        library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!library) {
        fprintf(stderr, "no OpenBLAS: ratios are left out (%s)\n", dlerror());
        return;
    }
    void *symbol = dlsym(library, "dpotrf_");
    memcpy(&potrf, &symbol, sizeof symbol); /* ISO C has no cast from object to function pointers */
    symbol = dlsym(library, "dsymv_");
    memcpy(&symv, &symbol, sizeof symbol);
    /* It may have been loaded before, where the library under test is linked to it: then it has read its environment.
     */
    set_threads_fn *set_threads = NULL;
    symbol = dlsym(library, "openblas_set_num_threads");
    memcpy(&set_threads, &symbol, sizeof symbol);
    if (set_threads)
        set_threads(1);
}

/* The unit of one order: some positive definite matrix, and copies for the factorisation to work in. */
typedef struct unit {
    int n, copies;
    double *matrix, *work, *x, *y;
    double symv_time;
} unit;

static double time_potrf(unit *u)
{
    const size_t size = (size_t)u->n * (size_t)u->n;
    int info = 0;
    for (int c = 0; c < u->copies; c++)
        memcpy(u->work + (size_t)c * size, u->matrix, size * sizeof *u->work);
    const double begin = now();
    for (int c = 0; c < u->copies; c++)
        potrf("L", &u->n, u->work + (size_t)c * size, &u->n, &info, 1);
    return since(begin) / u->copies;
}

static double time_symv(unit *u)
{
    const double one = 1.0, zero = 0.0;
    const int step = 1, times = u->n < 100 ? 1000 : u->n < 500 ? 100 : 4;
    const double begin = now();
    for (int t = 0; t < times; t++)
        symv("L", &u->n, &one, u->matrix, &u->n, u->x, &step, &zero, u->y, &step, 1);
    return since(begin) / times;
}

/* Takes the matrix of the instance, of order at most 2500; larger ones have no unit. */
static unit unit_new(const instance *p)
{
    unit u = { 0 };
    double samples[64];
    if (!potrf || !symv || !p->sigma || p->n > 2500)
        return u;
    u.n = (int)p->n;
    u.copies = u.n < 40 ? 100 : u.n < 80 ? 16 : u.n < 200 ? 4 : 1;
    u.matrix = p->sigma;
    u.work = claim((size_t)u.copies * p->n * p->n, sizeof *u.work);
    u.x = claim(2 * p->n, sizeof *u.x);
    u.y = u.x + p->n;
    for (size_t j = 0; j < p->n; j++)
        u.x[j] = 1.0;
    for (size_t s = 0; s < 64; s++)
        samples[s] = time_symv(&u);
    u.symv_time = quantile(samples, 64, 0.5);
    return u;
}

static void unit_free(unit *u)
{
    free(u->work);
    free(u->x);
}

/* ------------------------------------------------------------------------------------------- results */

/* One line of output: gathered over the seeds, then printed. */
typedef struct line {
    const char *family, *what;
    size_t n, k, seeds, samples;
    double median[SEEDS], to_potrf[SEEDS], to_symv[SEEDS], residual;
    double *all; /* samples of all seeds: MOST_SAMPLES */
    mvo_outcome outcome;
    double rounds, pivots, free_weights; /* means over the seeds */
} line;

static line *lines;
static size_t line_count;

/* The line of that name, made on first use. */
static line *line_named(const char *family, const char *what, size_t n, size_t k)
{
    for (size_t i = 0; i < line_count; i++)
        if (lines[i].n == n && lines[i].k == k && !strcmp(lines[i].family, family) && !strcmp(lines[i].what, what))
            return &lines[i];
    lines = realloc(lines, (line_count + 1) * sizeof *lines);
    if (!lines)
        abort();
    const line fresh = { family, what, n, k, 0, 0, { 0 }, { 0 }, { 0 }, 0.0, claim(MOST_SAMPLES, sizeof(double)),
                         0,      0,    0, 0 };
    lines[line_count] = fresh;
    return &lines[line_count++];
}

static void print_number(double value, const char *format)
{
    putchar('\t');
    if (isnan(value))
        putchar('-');
    else
        printf(format, value);
}

static void print_lines(void)
{
    for (size_t i = 0; i < line_count; i++) {
        line *l = &lines[i];
        printf("%s\t%zu\t%zu\t%s", l->family, l->n, l->k, l->what);
        print_number(quantile(l->median, l->seeds, 0.5), "%.3f");
        print_number(quantile(l->all, l->samples, 0.95), "%.3f");
        print_number(quantile(l->to_potrf, l->seeds, 0.5), "%.4f");
        print_number(quantile(l->to_symv, l->seeds, 0.5), "%.3f");
        if (l->outcome != MVO_OPTIMAL)
            printf("\t%s", mvo_outcome_name(l->outcome));
        else
            printf("\t%.4g+%.4g", l->rounds / (double)l->seeds, l->pivots / (double)l->seeds);
        printf("\t%.1e\t%.4g\n", l->residual, l->free_weights / (double)l->seeds);
        free(l->all);
    }
    fflush(stdout);
    free(lines);
    lines = NULL;
    line_count = 0;
}

/* ----------------------------------------------------------------------------------------- measuring */

typedef struct task {
    const instance *p;
    mvo_covariance *covariance;
    mvo_constraints *constraints;
    mvo_solver *solver;
    double target;
    mvo_outcome outcome;
    size_t corners;
} task;

typedef void task_fn(task *);

static void add_samples(line *l, const double *samples, size_t count, double potrf_time, double symv_time)
{
    double *own = claim(count, sizeof *own);
    for (size_t i = 0; i < count; i++) {
        own[i] = samples[i];
        if (l->samples < MOST_SAMPLES)
            l->all[l->samples++] = samples[i];
    }
    const double median = quantile(own, count, 0.5);
    l->median[l->seeds] = median;
    l->to_potrf[l->seeds] = median / potrf_time;
    l->to_symv[l->seeds] = median / symv_time;
    l->seeds++;
    free(own);
}

/* Runs `work` for about half a second, the Cholesky unit in between, and adds the samples to the line. */
static void measure(line *l, unit *u, task *t, task_fn *work)
{
    enum { MOST = 400 };
    double samples[MOST], units[MOST];
    size_t count = 0, unit_count = 0;
    work(t); /* touches everything once */
    const double once_begin = now();
    work(t);
    const double once = fmax(now() - once_begin, 0.01);
    const size_t batch = once < 100.0 ? (size_t)(100.0 / once) + 1 : 1;
    const double begin = now();
    while (count < MOST && (count < 9 || now() - begin < 400e3)) {
        if (u->n && (unit_count < 9 || count % 8 == 0) && (unit_count < 5 || now() - begin < 400e3))
            units[unit_count++] = time_potrf(u);
        const double sample_begin = now();
        for (size_t b = 0; b < batch; b++)
            work(t);
        samples[count++] = since(sample_begin) / (double)batch;
        if (count >= 5 && now() - begin > 5e6)
            break;
    }
    add_samples(l, samples, count, u->n ? quantile(units, unit_count, 0.5) : NAN, u->n ? u->symv_time : NAN);
}

/* Largest relative residual, measured by the verifier in long double on the problem's own data. */
static double residual_of(const task *t, const verify_problem *view)
{
    double *w = claim(2 * view->n + view->m, sizeof *w), target = 0.0;
    verify_residuals r;
    mvo_solver_weights(w, t->solver);
    mvo_solver_multipliers(w + 2 * view->n, w + view->n, t->solver);
    if (view->target)
        mvo_target_multiplier(&target, t->solver);
    verify_measure(&r, view, w, w + 2 * view->n, w + view->n, target, 1e-9);
    free(w);
    const long double scale = r.stationarity_scale > 0.0L ? r.stationarity_scale : 1.0L;
    long double worst = fmaxl(r.primal_relative, r.stationarity / scale);
    worst = fmaxl(worst, fmaxl(r.complementarity, r.wrong_sign) / scale);
    return (double)fmaxl(worst, r.gap_scale > 0.0L ? r.gap / r.gap_scale : r.gap);
}

static void add_report(line *l, const task *t, const verify_problem *view)
{
    mvo_report report = MVO_REPORT_INIT;
    if (t->outcome != MVO_OPTIMAL)
        l->outcome = t->outcome;
    if (mvo_solver_report(&report, t->solver))
        return;
    l->rounds += (double)report.rounds;
    l->pivots += (double)report.pivots;
    l->free_weights += (double)report.free_weights;
    if (t->outcome == MVO_OPTIMAL)
        l->residual = fmax(l->residual, residual_of(t, view));
}

static task task_new(const instance *p)
{
    task t = { 0 };
    t.p = p;
    t.outcome = -1;
    t.covariance = instance_covariance(p, p->sigma ? MVO_CHECK_NONE | MVO_BORROW : MVO_CHECK_NONE);
    t.constraints = instance_constraints(p);
    if (!t.covariance || !t.constraints || mvo_solver_new(&t.solver, NULL, t.covariance, t.constraints, NULL)) {
        fprintf(stderr, "no solver\n");
        exit(1);
    }
    return t;
}

static void task_free(task *t)
{
    mvo_solver_free(t->solver);
    mvo_constraints_free(t->constraints);
    mvo_covariance_unref(t->covariance);
}

/* ------------------------------------------------------------------------------------------ families */

static void cold_variance(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    mvo_minimum_variance(&t->outcome, t->solver, NULL);
}

static void cold_utility(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    mvo_maximum_utility(&t->outcome, t->solver, t->p->mu, 5.0, NULL);
}

static void cold_at_return(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    mvo_minimum_variance_at_return(&t->outcome, t->solver, t->p->mu, t->target, NULL);
}

static void cold_frontier(task *t)
{
    mvo_frontier *frontier = NULL;
    mvo_solver_clear(t->solver, NULL);
    mvo_frontier_new(&frontier, &t->outcome, t->solver, t->p->mu, NULL);
    t->corners = mvo_frontier_corner_count(frontier);
    mvo_frontier_unref(frontier);
}

/* From raw arrays: handle, solver, solve. The constraint set is at hand. */
static void from_raw(task *t, int32_t flags)
{
    mvo_covariance *covariance = NULL;
    mvo_solver *solver = NULL;
    mvo_covariance_new_dense(&covariance, NULL, t->p->n, t->p->sigma, t->p->n, flags, NULL);
    mvo_solver_new(&solver, NULL, covariance, t->constraints, NULL);
    mvo_minimum_variance(&t->outcome, solver, NULL);
    mvo_solver_free(solver);
    mvo_covariance_unref(covariance);
}

static void raw_borrowed(task *t)
{
    from_raw(t, MVO_CHECK_NONE | MVO_BORROW);
}

static void raw_checked(task *t)
{
    from_raw(t, MVO_CHECK_ALL);
}

static verify_problem plain_view(const instance *p)
{
    verify_problem view = instance_view(p);
    view.linear = NULL;
    return view;
}

static void family_a(const char *family, instance *p, unit *u)
{
    market_long_only(p);
    task t = task_new(p);
    const verify_problem view = plain_view(p);
    line *l = line_named(family, "minimum variance, cold", p->n, 0);
    measure(l, u, &t, cold_variance);
    add_report(l, &t, &view);
    l = line_named(family, "minimum variance, with handles, trusted and borrowed", p->n, 0);
    measure(l, u, &t, raw_borrowed);
    add_report(l, &t, &view);
    l = line_named(family, "minimum variance, with handles, checked and copied", p->n, 0);
    measure(l, u, &t, raw_checked);
    add_report(l, &t, &view);
    task_free(&t);
}

/* The view of the utility question; `linear` (n) is filled. */
static verify_problem utility_view(const instance *p, double *linear)
{
    verify_problem view = instance_view(p);
    for (size_t j = 0; j < p->n; j++)
        linear[j] = -p->mu[j];
    view.linear = linear;
    view.quadratic = 5.0;
    return view;
}

static void measure_utility(line *l, instance *p, unit *u)
{
    double *linear = claim(p->n, sizeof *linear);
    task t = task_new(p);
    const verify_problem view = utility_view(p, linear);
    measure(l, u, &t, cold_utility);
    add_report(l, &t, &view);
    task_free(&t);
    free(linear);
}

static void family_b(instance *p, unit *u)
{
    market_sectors(p);
    measure_utility(line_named("b", "utility, caps and ten sectors, cold", p->n, 0), p, u);
}

static void family_c(instance *p, unit *u)
{
    market_long_only(p);
    task t = task_new(p);
    t.target = market_target(p);
    verify_problem view = plain_view(p);
    view.target = p->mu;
    view.target_lower = t.target;
    view.target_upper = INFINITY;
    line *l = line_named("c", "minimum variance at return, cold", p->n, 0);
    measure(l, u, &t, cold_at_return);
    add_report(l, &t, &view);
    task_free(&t);
    instance_set_row(p, 1, p->mu, t.target, t.target);
    p->m = 2;
    t = task_new(p);
    view = plain_view(p);
    l = line_named("c", "minimum variance with a return equality, cold", p->n, 0);
    measure(l, u, &t, cold_variance);
    add_report(l, &t, &view);
    task_free(&t);
}

/* Two hundred warm ticks of b: before each, every mu_i is multiplied by 1 + 0.01 N, cumulatively. */
static void family_d(instance *p, unit *u, uint64_t seed)
{
    enum { TICKS = 200 };
    double samples[TICKS], units[9], *mu = claim(2 * p->n, sizeof *mu), *linear = mu + p->n, *own = p->mu;
    size_t unit_count = 0;
    mvo_report report = MVO_REPORT_INIT;
    random_stream stream = { seed ^ UINT64_C(0xd1b54a32d192ed03) };
    market_sectors(p);
    task t = task_new(p);
    line *l = line_named("d", "utility, 200 warm ticks", p->n, 0);
    memcpy(mu, own, p->n * sizeof *mu);
    p->mu = mu;
    cold_utility(&t);
    double rounds = 0.0, pivots = 0.0;
    for (size_t tick = 0; tick < TICKS; tick++) {
        for (size_t j = 0; j < p->n; j++)
            mu[j] *= 1.0 + 0.01 * random_normal(&stream);
        if (u->n && tick % 25 == 0)
            units[unit_count++] = time_potrf(u);
        const double begin = now_short();
        mvo_maximum_utility(&t.outcome, t.solver, mu, 5.0, NULL);
        samples[tick] = now_short() - begin;
        mvo_solver_report(&report, t.solver);
        rounds += (double)report.rounds;
        pivots += (double)report.pivots;
        if (t.outcome != MVO_OPTIMAL)
            l->outcome = t.outcome;
    }
    add_samples(l, samples, TICKS, u->n ? quantile(units, unit_count, 0.5) : NAN, u->n ? u->symv_time : NAN);
    const verify_problem view = utility_view(p, linear);
    add_report(l, &t, &view);
    l->rounds += rounds / TICKS - (double)report.rounds; /* per tick, not of the last */
    l->pivots += pivots / TICKS - (double)report.pivots;
    p->mu = own;
    task_free(&t);
    free(mu);
}

/* Worst residual over up to twenty corners and mid-segments, multipliers from solves at the same lambda. */
static double frontier_residual(task *t)
{
    mvo_frontier *frontier = NULL;
    double worst = 0.0, before = NAN, *linear = claim(4 * t->p->n + t->p->m, sizeof *linear);
    double *w = linear + t->p->n, *z = w + t->p->n, *y = z + t->p->n;
    mvo_frontier_new(&frontier, &t->outcome, t->solver, t->p->mu, NULL);
    const size_t corners = mvo_frontier_corner_count(frontier), step = corners / 10 + 1;
    for (size_t k = 0; k < corners; k += step) {
        double lambda;
        verify_residuals r;
        mvo_frontier_corner(&lambda, NULL, NULL, w, frontier, k);
        for (int middle = 0; middle <= !isnan(before); middle++) {
            const double at = middle ? 0.5 * (lambda + before) : lambda;
            mvo_frontier_at_lambda(NULL, NULL, w, frontier, at, NULL);
            for (size_t j = 0; j < t->p->n; j++)
                linear[j] = -at * t->p->mu[j];
            mvo_solver_set_linear(t->solver, linear, NULL);
            mvo_solver_solve(&t->outcome, t->solver, NULL);
            mvo_solver_multipliers(y, z, t->solver);
            verify_problem view = instance_view(t->p);
            view.linear = linear;
            verify_measure(&r, &view, w, y, z, 0.0, 1e-9);
            const long double gap = r.gap_scale > 0.0L ? r.gap / r.gap_scale : r.gap;
            worst = fmax(worst, (double)fmaxl(gap, fmaxl(r.primal_relative, r.stationarity / r.stationarity_scale)));
        }
        before = lambda;
    }
    mvo_frontier_unref(frontier);
    free(linear);
    return worst;
}

static void family_frontier(instance *p, unit *u)
{
    market_long_only(p);
    task t = task_new(p);
    const verify_problem view = plain_view(p);
    line *l = line_named("frontier", "all corners, cold (rounds: corners)", p->n, 0);
    measure(l, u, &t, cold_frontier);
    add_report(l, &t, &view);
    mvo_report report = MVO_REPORT_INIT;
    if (mvo_solver_report(&report, t.solver) == MVO_OK)
        l->rounds += (double)t.corners - (double)report.rounds;
    if (t.outcome == MVO_OPTIMAL)
        l->residual = fmax(l->residual, frontier_residual(&t));
    task_free(&t);
}

static void make_handle(task *t, int32_t flags)
{
    mvo_covariance *covariance = NULL;
    t->outcome =
        mvo_covariance_new_dense(&covariance, NULL, t->p->n, t->p->sigma, t->p->n, flags, NULL) ? -1 : MVO_OPTIMAL;
    mvo_covariance_unref(covariance);
}

static void handle_checked(task *t)
{
    make_handle(t, MVO_CHECK_ALL);
}

static void handle_finite(task *t)
{
    make_handle(t, MVO_CHECK_FINITE);
}

static void handle_trusted(task *t)
{
    make_handle(t, MVO_CHECK_NONE);
}

static void handle_borrowed(task *t)
{
    make_handle(t, MVO_CHECK_NONE | MVO_BORROW);
}

static void handle_checked_borrowed(task *t)
{
    make_handle(t, MVO_CHECK_ALL | MVO_BORROW);
}

static void handle_solver(task *t)
{
    mvo_solver *solver = NULL;
    t->outcome = mvo_solver_new(&solver, NULL, t->covariance, t->constraints, NULL) ? -1 : MVO_OPTIMAL;
    mvo_solver_free(solver);
}

static void family_handles(instance *p, unit *u)
{
    static const struct {
        const char *what;
        task_fn *work;
    } makers[] = {
        { "covariance, copied, all checks", handle_checked },
        { "covariance, borrowed, all checks", handle_checked_borrowed },
        { "covariance, copied, finite only", handle_finite },
        { "covariance, copied, trusted", handle_trusted },
        { "covariance, borrowed, trusted", handle_borrowed },
        { "solver", handle_solver },
    };
    market_long_only(p);
    task t = task_new(p);
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        line *l = line_named("handle", makers[i].what, p->n, 0);
        measure(l, u, &t, makers[i].work);
        if (t.outcome != MVO_OPTIMAL)
            l->outcome = t.outcome;
    }
    task_free(&t);
}

static void family_unit(instance *p, unit *u)
{
    double samples[100];
    size_t count = 0;
    if (!u->n)
        return;
    const double begin = now();
    while (count < 100 && (count < 5 || now() - begin < 300e3))
        samples[count++] = time_potrf(u);
    add_samples(line_named("unit", "OpenBLAS dpotrf", p->n, 0), samples, count, quantile(samples, count, 0.5),
                u->symv_time);
    const double potrf_time = quantile(samples, count, 0.5);
    for (count = 0; count < 100; count++)
        samples[count] = time_symv(u);
    add_samples(line_named("unit", "OpenBLAS dsymv", p->n, 0), samples, count, potrf_time, u->symv_time);
}

static void family_f(size_t n, size_t k)
{
    unit none = { 0 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        instance *p = market_new_factor(n, k, seed);
        market_capped(p);
        measure_utility(line_named("f", "utility, factor model, capped, cold", n, k), p, &none);
        instance_free(p);
    }
    print_lines();
}

/* ---------------------------------------------------------------------------------------------- main */

/* Whether a comma-separated list (NULL for all) has the word. */
static int listed(const char *list, const char *item)
{
    const size_t length = strlen(item);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, item, length) && (at[length] == ',' || at[length] == '\0'))
            return 1;
    return list == NULL;
}

static int listed_order(const char *list, size_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", n);
    return listed(list, text);
}

static void strong_market(const char *families, size_t n, uint64_t seed)
{
    instance *p = market_new(n, seed, 0);
    unit u = unit_new(p);
    family_unit(p, &u);
    if (listed(families, "a"))
        family_a("a", p, &u);
    if (listed(families, "b"))
        family_b(p, &u);
    if (listed(families, "c"))
        family_c(p, &u);
    if (listed(families, "d"))
        family_d(p, &u, seed);
    if (listed(families, "frontier"))
        family_frontier(p, &u);
    if (listed(families, "handle"))
        family_handles(p, &u);
    unit_free(&u);
    instance_free(p);
}

static void weak_market(size_t n, uint64_t seed)
{
    instance *p = market_new(n, seed, 1);
    unit u = unit_new(p);
    family_a("weak a", p, &u);
    unit_free(&u);
    instance_free(p);
}

static int strong_wanted(const char *families)
{
    static const char *const strong[] = { "a", "b", "c", "d", "frontier", "handle", "unit" };
    for (size_t i = 0; i < sizeof strong / sizeof *strong; i++)
        if (listed(families, strong[i]))
            return 1;
    return 0;
}

int main(int count, char **arguments)
{
    static const size_t orders[] = { 20, 50, 100, 250, 500, 1000, 2000 };
    static const size_t factors[][2] = { { 1000, 50 }, { 5000, 50 }, { 10000, 50 }, { 10000, 100 } };
    const char *families = count > 1 ? arguments[1] : NULL, *wanted = count > 2 ? arguments[2] : NULL;
    load_openblas();
    weigh_clock();
    printf("#family\tn\tk\twhat\tmicroseconds\tp95\t/dpotrf\t/dsymv\trounds+pivots\tKKT residual\tfree weights\n");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (!listed_order(wanted, orders[i]))
            continue;
        for (uint64_t seed = 1; seed <= SEEDS && strong_wanted(families); seed++)
            strong_market(families, orders[i], seed);
        for (uint64_t seed = 1; seed <= SEEDS && listed(families, "weak"); seed++)
            weak_market(orders[i], seed);
        print_lines();
    }
    for (size_t i = 0; i < sizeof factors / sizeof *factors && listed(families, "f"); i++)
        if (listed_order(wanted, factors[i][0]))
            family_f(factors[i][0], factors[i][1]);
    return 0;
}

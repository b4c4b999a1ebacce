/* SPDX-License-Identifier: MIT */
/*
 * Times robust portfolios on Market(n) of tests/support/market.h, long-only with sum 1, risk aversion 5, in units of the
 * ordinary question (mvo_maximum_utility, cold) of the same run; medians. Each problem is made once and asked with sizes of the
 * ellipsoid, or radii, that go to and fro, so that a search starts from the answer to another. One line per n and
 * question, tab-separated: n, what, microseconds, ratio, quadratic programmes of the last answer, its gap over its scale.
 * Nothing is asserted here.
 *
 *     bench_robust [orders]      bench_robust 100,500
 */
#include "bench/support/timing.h"

#include "support/market.h"

#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 15, MODELS = 5 };

typedef struct task {
    const instance *p;
    mvo_robust *robust;
    mvo_solver *solver;
    double kappa; /* or the radius; negative for no target */
    int turn;
    mvo_outcome outcome;
} task;

typedef void work_fn(task *t);

static void ordinary(task *t)
{
    mvo_solver_clear(t->solver, NULL);
    mvo_maximum_utility(&t->outcome, t->solver, t->p->mu, 5.0, NULL);
}

static void utility(task *t)
{
    mvo_robust_set_ellipsoid(t->robust, t->kappa * (t->turn++ % 2 ? 1.0 : 1.5), NULL);
    mvo_robust_maximum_utility(&t->outcome, t->robust, t->p->mu, 5.0, NULL);
}

static void mixture(task *t)
{
    mvo_robust_maximum_utility(&t->outcome, t->robust, t->p->mu, t->turn++ % 2 ? 5.0 : 7.0, NULL);
}

static void ball(task *t)
{
    const double radius = t->kappa * (t->turn++ % 2 ? 1.0 : 1.5);
    mvo_robust_wasserstein(&t->outcome, t->robust, radius, MVO_NORM_EUCLIDEAN, NULL, 0.0, NULL);
}

static void ball_with_mean(task *t)
{
    const double radius = t->kappa * (t->turn++ % 2 ? 1.0 : 1.5), target = 0.7 * market_target(t->p);
    mvo_robust_wasserstein(&t->outcome, t->robust, radius, MVO_NORM_EUCLIDEAN, t->p->mu, target, NULL);
}

static double median(task *t, work_fn *work)
{
    double samples[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        const double begin = now();
        work(t);
        samples[i] = now() - begin;
    }
    return quantile(samples, SAMPLES, 0.5);
}

static void tell(task *t, const char *what, work_fn *work, double unit)
{
    const double microseconds = median(t, work);
    mvo_report report = MVO_REPORT_INIT;
    mvo_robust_report(&report, t->robust);
    printf("%zu\t%s\t%.1f\t%.2f\t%d\t%.1e%s\n", t->p->n, what, microseconds, microseconds / unit, (int)report.rounds,
           report.gap_scale > 0.0 ? report.gap / report.gap_scale : 0.0, t->outcome == MVO_OPTIMAL ? "" : "\tnot optimal");
}

static void run(size_t n)
{
    instance *p = market_new(n, 1, 0), *others[MODELS];
    market_long_only(p);
    mvo_covariance *list[MODELS], *sigma = instance_covariance(p, MVO_CHECK_ALL), *errors = NULL;
    mvo_constraints *rules = instance_constraints(p);
    mvo_solver *solver = instance_solver(p, MVO_CHECK_ALL);
    double *diagonal = calloc(n, sizeof *diagonal);
    list[0] = sigma;
    for (int k = 1; k < MODELS; k++) {
        others[k] = market_new(n, (uint64_t)k + 1, 0);
        list[k] = instance_covariance(others[k], MVO_CHECK_ALL);
    }
    for (size_t j = 0; diagonal && j < n; j++)
        diagonal[j] = p->sigma[j * (n + 1)] / 60.0;
    mvo_covariance_new_factor(&errors, NULL, n, 0, NULL, n, NULL, 0, diagonal, MVO_CHECK_ALL, NULL);
    task t = { .p = p, .solver = solver };
    const double unit = median(&t, ordinary);
    printf("%zu\tordinary\t%.1f\t1\t1\t-\n", n, unit);
    mvo_covariance *const shapes[] = { NULL, errors, list[1] };
    static const char *const names[] = { "ellipsoid, of the covariance", "ellipsoid, diagonal", "ellipsoid, dense" };
    for (int s = 0; s < 3; s++) {
        t.kappa = s == 1 ? 0.5 : 0.1;
        mvo_robust_new(&t.robust, NULL, 1, list, shapes[s], rules, NULL);
        tell(&t, names[s], utility, unit);
        mvo_robust_free(t.robust);
    }
    mvo_robust_new(&t.robust, NULL, MODELS, list, NULL, rules, NULL);
    tell(&t, "five covariances", mixture, unit);
    mvo_robust_free(t.robust);
    t.kappa = 0.03;
    mvo_robust_new(&t.robust, NULL, 1, list, NULL, rules, NULL);
    tell(&t, "Wasserstein", ball, unit);
    tell(&t, "Wasserstein, worst mean", ball_with_mean, unit);
    mvo_robust_free(t.robust);
    free(diagonal);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(errors);
    for (int k = 0; k < MODELS; k++)
        mvo_covariance_unref(list[k]);
    for (int k = 1; k < MODELS; k++)
        instance_free(others[k]);
    instance_free(p);
}

int main(int count, char **arguments)
{
    const char *at = count > 1 ? arguments[1] : "100,500";
    printf("#n\twhat\tmicroseconds\t/ordinary\tprogrammes\tgap\n");
    while (*at) {
        char *end;
        const unsigned long n = strtoul(at, &end, 10);
        if (end == at || n < 10 || n > 5000) {
            fprintf(stderr, "Usage: bench_robust [orders from 10 to 5000, separated by commas]\n");
            return EXIT_FAILURE;
        }
        run(n);
        at = *end == ',' ? end + 1 : end;
    }
    return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
#include "bench/support/lines.h"

#include "bench/support/timing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SAMPLES = 4000 };

static line *lines;
static size_t line_count;

line *line_named(const char *family, const char *what, size_t n, size_t k)
{
    for (size_t i = 0; i < line_count; i++)
        if (lines[i].n == n && lines[i].k == k && !strcmp(lines[i].family, family) && !strcmp(lines[i].what, what))
            return &lines[i];
    lines = realloc(lines, (line_count + 1) * sizeof *lines);
    if (!lines)
        abort();
    line *l = &lines[line_count++];
    memset(l, 0, sizeof *l);
    l->family = family;
    l->what = what;
    l->n = n;
    l->k = k;
    l->all = claim(MOST_SAMPLES, sizeof *l->all);
    return l;
}

/* `largest`: the time of the market's longest solve; NaN: all are the same one. */
static void add(line *l, const double *samples, size_t count, const unit *u, double potrf_time, double largest)
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
    l->to_symv[l->seeds] = median / u->symv_time;
    l->to_potrf_k[l->seeds] = median / u->potrf_k_time;
    l->to_syrk[l->seeds] = median / u->syrk_time;
    l->largest[l->seeds] = (isnan(largest) ? median : largest) / potrf_time;
    l->seeds++;
    free(own);
}

void line_add(line *l, const double *samples, size_t count, const unit *u, double potrf_time)
{
    add(l, samples, count, u, potrf_time, NAN);
}

double stream_largest(const double *samples, size_t ticks, size_t runs)
{
    double *same = claim(runs, sizeof *same), largest = 0.0;
    for (size_t t = 0; t < ticks; t++) {
        for (size_t r = 0; r < runs; r++)
            same[r] = samples[t + r * ticks];
        largest = fmax(largest, quantile(same, runs, 0.5));
    }
    free(same);
    return largest;
}

void line_add_stream(line *l, const double *samples, size_t ticks, size_t runs, const unit *u, double potrf_time)
{
    add(l, samples, ticks * runs, u, potrf_time, stream_largest(samples, ticks, runs));
}

void lines_print_head(void)
{
    puts("#family\tn\tk\twhat\tmicroseconds\tp95\t/dpotrf(n)\t/dsymv(n)\trounds+pivots\tKKT residual\tfree weights\t"
         "/dpotrf(k)\t/dsyrk(n,k)\tlargest/dpotrf(n)");
}

static void print_number(double value, const char *format)
{
    putchar('\t');
    if (isnan(value))
        putchar('-');
    else
        printf(format, value);
}

static void print_line(line *l)
{
    const double seeds = (double)l->seeds;
    printf("%s\t%zu\t%zu\t%s", l->family, l->n, l->k, l->what);
    print_number(quantile(l->median, l->seeds, 0.5), "%.3f");
    print_number(quantile(l->all, l->samples, 0.95), "%.3f");
    print_number(quantile(l->to_potrf, l->seeds, 0.5), "%.4f");
    print_number(quantile(l->to_symv, l->seeds, 0.5), "%.3f");
    if (l->outcome != MVO_OPTIMAL)
        printf("\t%s", mvo_outcome_name(l->outcome));
    else
        printf("\t%.4g+%.4g", l->rounds / seeds, l->pivots / seeds);
    printf("\t%.1e\t%.4g", l->residual, l->free_weights / seeds);
    print_number(quantile(l->to_potrf_k, l->seeds, 0.5), "%.2f");
    print_number(quantile(l->to_syrk, l->seeds, 0.5), "%.3f");
    print_number(quantile(l->largest, l->seeds, 1.0), "%.4f");
    putchar('\n');
}

void lines_print(void)
{
    for (size_t i = 0; i < line_count; i++) {
        print_line(&lines[i]);
        free(lines[i].all);
    }
    fflush(stdout);
    free(lines);
    lines = NULL;
    line_count = 0;
}

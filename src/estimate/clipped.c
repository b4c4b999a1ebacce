/* SPDX-License-Identifier: MIT */
/* Eigenvalues within the Marchenko-Pastur law taken for noise. */
#include "estimate/estimate.h"

#include <math.h>

/*
 * Eigenvalues of correlations below the law's upper edge become their mean, which keeps the trace. Laloux, Cizeau,
 * Potters & Bouchaud (2000), Int. J. Theoretical and Applied Finance 3(3). Returns how many are kept.
 */
static size_t clip(mvoi_spectral *made, double periods)
{
    const size_t n = made->n;
    const double root = 1.0 + sqrt((double)n / periods), edge = root * root;
    size_t noise = 0;
    double sum = 0.0;
    while (noise < n && made->values[noise] < edge)
        sum += made->values[noise++];
    for (size_t k = 0; k < noise; k++)
        made->values[k] = fmax(sum, 0.0) / (double)noise;
    return n - noise;
}

mvo_status mvo_covariance_new_clipped(mvo_covariance **covariance, size_t *kept, mvo_context *context, size_t periods,
                                      size_t n, const double *returns, size_t ld, size_t ddof, mvo_error *error)
{
    double *volatilities = NULL;
    mvoi_spectral made = { .n = 0 };
    size_t above = 0;
    mvo_status status = mvoi_estimate_check(covariance, context, periods, n, returns, ld, ddof, error);
    if (status == MVO_OK)
        status = mvoi_spectral_open(&made, context, n, error);
    if (status == MVO_OK && !(volatilities = mvoi_allocate(context, n, sizeof *volatilities)))
        status = mvoi_fail_memory(context, error, "a clipped covariance");
    if (status == MVO_OK)
        status = mvoi_spectral_sample(&made, periods, returns, ld, ddof, "correlation", error);
    if (status == MVO_OK) {
        mvoi_spectral_to_correlation(&made, volatilities);
        status = mvoi_spectral_split(&made, error);
    }
    if (status == MVO_OK) {
        above = clip(&made, (double)(periods - ddof));
        mvoi_spectral_join(&made);
        mvoi_spectral_to_covariance(&made, volatilities);
        status = mvoi_spectral_finish(covariance, &made, n, error);
    }
    mvoi_release(context, volatilities);
    mvoi_spectral_close(&made);
    if (status == MVO_OK && kept)
        *kept = above;
    return status;
}

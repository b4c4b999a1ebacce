/* SPDX-License-Identifier: MIT */
/* What the repairs of a correlation matrix share: the matrix taken over, its eigenvalues, the answer handed out. */
#ifndef MVO_ESTIMATE_REPAIR_H
#define MVO_ESTIMATE_REPAIR_H

#include "estimate/assemble.h"

/* Eigenvalues (n, ascending) and eigenvectors (n-by-n, one a column) of a symmetric matrix put into `vectors`. */
typedef struct mvoi_spectrum {
    size_t n;
    double *vectors, *values, *numbers;
    int32_t *integers;
} mvoi_spectrum;

/* Memory for it; ARGUMENT where n is too large for LAPACK. */
mvo_status mvoi_spectrum_new(mvoi_spectrum *spectrum, mvo_context *context, mvo_error *error, size_t n);
void mvoi_spectrum_free(mvoi_spectrum *spectrum, mvo_context *context);

/* Decomposes what stands in `vectors` (the lower triangle counts). INTERNAL where LAPACK gave up. */
mvo_status mvoi_spectrum_compute(mvoi_spectrum *spectrum, mvo_context *context, mvo_error *error);

/* Number of eigenvalues that are not above zero; they come first. */
size_t mvoi_spectrum_negative(const mvoi_spectrum *spectrum);

/*
 * X (n-by-n) = sum over the eigenvalues lambda > 0 of lambda v v', given the matrix C itself. The smaller of the two
 * sides is multiplied out. `room` holds n-by-n.
 */
void mvoi_spectrum_positive_part(double *X, const mvoi_spectrum *spectrum, const double *C, double *room);

/* The shape of the arguments all repairs have. */
mvo_status mvoi_repair_check(mvo_context *context, mvo_error *error, const double *correlation, size_t ld_correlation,
                             const mvoi_square *given, double floor);

/* Copies a symmetric matrix (to 1e-10 of its numbers, or of 1; the lower triangle decides) into target (n-by-n). */
mvo_status mvoi_repair_take(double *target, mvo_context *context, mvo_error *error, const mvoi_square *given,
                            int units);

/*
 * Makes a correlation matrix out of a semidefinite X whose diagonal is about 1 - floor: scaled to that diagonal, floor
 * added, so that no eigenvalue is below floor but for rounding.
 */
void mvoi_repair_unit_diagonal(double *X, size_t n, double floor);

/* Writes the answer out, and its distance (may be NULL) in the Frobenius norm from the matrix given, whose diagonal
   counts as ones. */
void mvoi_repair_give(double *correlation, size_t ld_correlation, double *distance, const double *X, const double *given,
                      size_t n);

#endif

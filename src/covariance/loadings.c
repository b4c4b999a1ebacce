/* SPDX-License-Identifier: MIT */
/*
 * Loadings times a root of Omega. R comes from a Cholesky factorisation with diagonal pivoting of Omega scaled to unit
 * variances: it ends where the largest pivot left is rounding, so a rank-deficient Omega gives a narrow R (Higham,
 * Accuracy and Stability of Numerical Algorithms, 2nd edition, section 10.3). Loadings that cancel in B R are zero, not
 * what rounding leaves of them: a portfolio of factors without variance has none.
 *
 * R is triangular but for the order of its rows, and diagonal where Omega is: only what is not zero in its columns is
 * kept and multiplied. Assets go by in panels that stay in the nearest cache, with all their factors, until they lie
 * side by side.
 */
#include "covariance/model.h"
#include "linalg/kernels.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    LINE = 8,  /* numbers in a line of cache */
    PANEL = 32 /* assets at once: sums that fit the registers */
};

/*
 * Rounding, times k DBL_EPSILON: of a pivot beside the variance it began with (what is read of Omega is off by three
 * roundings of scaling, and each step adds some), and of an element of B R beside |loadings| times volatilities.
 */
static const double PIVOT_NOISE = 8.0;
static const double PRODUCT_NOISE = 4.0;

/* What folding Omega into the loadings needs besides the model. */
typedef struct folding {
    const mvoi_kernels *kernels;
    const mvoi_factor_model *model;
    size_t rank;
    double *root;  /* k-by-k: the columns of R; once packed, column r has count[r] numbers, those of the rows `row` */
    int32_t *row;  /* k-by-k, ascending */
    size_t *count; /* k */
    double *volatility; /* k: of the factors */
    double *inverse;    /* k: theirs */
    double *left;       /* k: of the scaled variances, while R is made */
    double *multiple;   /* k */
    double *panel;      /* PANEL-by-k: loadings */
    double *product;    /* PANEL-by-k: columns of B R */
    double noise[PANEL];
} folding;

/* Element of Omega scaled to unit variances; the lower triangle decides. */
static double scaled_omega(const folding *fold, size_t i, size_t j)
{
    const size_t row = i > j ? i : j;
    const size_t column = i > j ? j : i;
    return fold->model->omega[row + column * fold->model->ld_omega] * fold->inverse[i] * fold->inverse[j];
}

static void take_volatilities(folding *fold)
{
    const mvoi_factor_model *m = fold->model;
    for (size_t f = 0; f < m->k; f++) {
        const double variance = m->omega[f + f * m->ld_omega];
        fold->volatility[f] = variance > 0.0 ? sqrt(variance) : 0.0;
        fold->inverse[f] = variance > 0.0 ? 1.0 / fold->volatility[f] : 0.0;
        fold->left[f] = variance > 0.0 ? 1.0 : 0.0;
    }
}

/* The next column of the scaled factor, by the pivot chosen. */
static void eliminate(folding *fold, size_t pivot)
{
    const size_t k = fold->model->k;
    double *column = fold->root + fold->rank * k, *left = fold->left;
    for (size_t f = 0; f < k; f++)
        column[f] = scaled_omega(fold, f, pivot);
    column[pivot] = 1.0;
    for (size_t r = 0; r < fold->rank; r++)
        fold->multiple[r] = -fold->root[pivot + r * k];
    fold->kernels->gemv(k, fold->rank, fold->root, k, fold->multiple, column);
    const double length = sqrt(left[pivot]);
    for (size_t f = 0; f < k; f++) {
        /* A factor already taken as a pivot is marked by a negative rest: all of it has been explained. */
        column[f] = f == pivot ? length : left[f] < 0.0 ? 0.0 : column[f] / length;
        left[f] = left[f] < 0.0 ? left[f] : fmax(left[f] - column[f] * column[f], 0.0);
    }
    left[pivot] = -1.0;
    fold->rank++;
}

static void factorise(folding *fold)
{
    const size_t k = fold->model->k;
    take_volatilities(fold);
    for (fold->rank = 0; fold->rank < k;) {
        size_t pivot = 0;
        for (size_t f = 1; f < k; f++)
            pivot = fold->left[f] > fold->left[pivot] ? f : pivot;
        if (!(fold->left[pivot] > PIVOT_NOISE * (double)k * DBL_EPSILON))
            break;
        eliminate(fold, pivot);
    }
}

/* Columns of R from those of the scaled factor, without their zeros. */
static void pack(folding *fold)
{
    const size_t k = fold->model->k;
    for (size_t r = 0; r < fold->rank; r++) {
        double *column = fold->root + r * k;
        int32_t *row = fold->row + r * k;
        for (size_t f = 0; f < k; f++)
            column[f] *= fold->volatility[f];
        fold->count[r] = fold->kernels->nonzero(k, column, row);
        for (size_t p = 0; p < fold->count[r]; p++)
            column[p] = column[row[p]];
    }
}

/* Copies a whole line of the panel; size += |loadings| times their factor's volatility. */
static void take_line(double *restrict to, double *restrict size, const double *restrict loadings, double volatility)
{
    for (size_t a = 0; a < PANEL; a++) {
        to[a] = loadings[a];
        size[a] += fabs(loadings[a]) * volatility;
    }
}

static void drop_noise(double *restrict product, const double *restrict noise)
{
    for (size_t a = 0; a < PANEL; a++)
        product[a] = fabs(product[a]) <= noise[a] ? 0.0 : product[a];
}

/* Loadings of `assets` assets from i on, PANEL beside each other for each factor, zeros for those that are missing. And
   what is rounding in products with them; sizes that overflow explain nothing. */
static void take_panel(folding *fold, size_t i, size_t assets)
{
    const mvoi_factor_model *m = fold->model;
    double few[PANEL] = { 0.0 };
    memset(fold->noise, 0, sizeof fold->noise);
    for (size_t f = 0; f < m->k; f++) {
        const double *from = m->loadings + i + f * m->ld_loadings;
        if (assets < PANEL)
            memcpy(few, from, assets * sizeof *few);
        take_line(fold->panel + f * PANEL, fold->noise, assets < PANEL ? few : from, fold->volatility[f]);
    }
    for (size_t a = 0; a < PANEL; a++) {
        const double noise = PRODUCT_NOISE * (double)m->k * DBL_EPSILON * fold->noise[a];
        fold->noise[a] = isfinite(noise) ? noise : 0.0;
    }
}

/* The panel times R, each element with its terms in ascending order of the factors of B. */
static void multiply_panel(folding *fold)
{
    const size_t k = fold->model->k;
    memset(fold->product, 0, fold->rank * PANEL * sizeof *fold->product);
    for (size_t r = 0; r < fold->rank; r++) {
        double *to = fold->product + r * PANEL;
        fold->kernels->sweep(PANEL, fold->count[r], fold->panel, PANEL, fold->row + r * k, fold->root + r * k, to);
        drop_noise(to, fold->noise);
    }
}

/* to[c + a * columns] = from[a + c * ld] for some assets and all columns, by lines of cache. */
static void lay_side_by_side(double *to, size_t columns, size_t assets, const double *from, size_t ld)
{
    for (size_t a0 = 0; a0 < assets; a0 += LINE) {
        const size_t end = assets - a0 < LINE ? assets : a0 + LINE;
        for (size_t c = 0; c < columns; c++)
            for (size_t a = a0; a < end; a++)
                to[c + a * columns] = from[a + c * ld];
    }
}

static void multiply_loadings(double *factors, folding *fold)
{
    const size_t n = fold->model->n;
    for (size_t i = 0; i < n; i += PANEL) {
        const size_t assets = n - i < PANEL ? n - i : PANEL;
        take_panel(fold, i, assets);
        multiply_panel(fold);
        lay_side_by_side(factors + i * fold->rank, fold->rank, assets, fold->product, PANEL);
    }
}

/* Room for the factors of all assets; NULL when out of memory. */
static double *allocate_factors(mvo_context *context, size_t n, size_t columns)
{
    return columns == 0 || n <= SIZE_MAX / columns ? mvoi_allocate(context, n * columns, sizeof(double)) : NULL;
}

static void *make_room(folding *fold, mvo_context *context)
{
    const size_t k = fold->model->k, square = k <= SIZE_MAX / k ? k * k : SIZE_MAX,
                 wide = k <= SIZE_MAX / PANEL ? k * PANEL : SIZE_MAX;
    const mvoi_part parts[] = { MVOI_PART(fold->root, square), MVOI_PART(fold->row, square),
                                MVOI_PART(fold->count, k),     MVOI_PART(fold->volatility, k),
                                MVOI_PART(fold->inverse, k),   MVOI_PART(fold->left, k),
                                MVOI_PART(fold->multiple, k),  MVOI_PART(fold->panel, wide),
                                MVOI_PART(fold->product, wide) };
    return mvoi_allocate_parts(context, parts, sizeof parts / sizeof *parts);
}

int mvoi_fold_loadings(double **factors, size_t *columns, mvo_context *context, const mvoi_factor_model *model)
{
    folding fold = { .kernels = mvoi_kernels_best(), .model = model, .rank = model->k };
    void *room = NULL;
    const int folds = model->k && model->omega;
    if (folds && !(room = make_room(&fold, context)))
        return 0;
    if (folds) {
        factorise(&fold);
        pack(&fold);
    }
    double *made = allocate_factors(context, model->n, fold.rank);
    if (made && folds)
        multiply_loadings(made, &fold);
    else if (made)
        lay_side_by_side(made, model->k, model->n, model->loadings, model->ld_loadings);
    mvoi_release(context, room);
    if (!made)
        return 0;
    *factors = made;
    *columns = fold.rank;
    return 1;
}

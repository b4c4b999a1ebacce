/* SPDX-License-Identifier: MIT */
#ifndef MVO_MVO_H
#define MVO_MVO_H

/*
 * libmvo - exact mean-variance portfolio optimisation for embedding
 * ==================================================================
 *
 * 1. What it solves
 * -----------------
 *
 *     minimise    1/2 w'Sigma w + c'w + phi(w)
 *     subject to  l_i <= a_i'w <= u_i      rows     (budget, groups, exposures, anything linear;
 *                                                    turnover, gross exposure, long and short sums)
 *                 lo_j <= w_j <= up_j      bounds   (either side may be infinite, shorts are allowed)
 *
 * for any positive semidefinite Sigma, dense or a factor model, and convex piecewise-linear costs phi, by an
 * active-set method: the answer is exact to rounding, and it comes with a certificate computed from your data
 * as you gave them. On top of that stand the questions portfolio people ask (minimum variance, target return,
 * target volatility, maximum Sharpe ratio, tracking error), the whole exact efficient frontier and the path
 * from one problem to another. Before it stand the estimators that make Sigma and expected returns from data,
 * forecasts, views and stress; beside it risk budgets and tail risk over scenarios.
 *
 * 2. The three handles
 * --------------------
 *
 *     mvo_covariance    Sigma. Immutable once made, reference-counted, shared between threads.
 *     mvo_constraints   bounds and rows. A builder you fill, copy and edit by stable row ids.
 *     mvo_solver        one problem being solved. Takes a reference to a covariance and a snapshot of a
 *                       constraint set, owns all its memory, and starts warm from its last answer.
 *
 * and their results: mvo_frontier (an exact efficient frontier, immutable), mvo_path (a parametric path,
 * immutable) and mvo_conflict (which limits contradict each other, by name). Other handles are explained where
 * they are made: streams and regimes of the estimators, scenarios and their solver. An mvo_context carries an
 * allocator and a log; NULL means malloc and silence.
 *
 * 3. A program
 * ------------
 *
 *     mvo_covariance *sigma;  mvo_constraints *rules;  mvo_solver *solver;  mvo_outcome outcome;
 *     mvo_error error = MVO_ERROR_INIT;
 *
 *     mvo_covariance_new_dense(&sigma, NULL, n, matrix, n, MVO_CHECK_ALL, &error);
 *     mvo_constraints_new_long_only(&rules, NULL, n, &error);      // sum w = 1, w >= 0
 *     mvo_solver_new(&solver, NULL, sigma, rules, &error);
 *     mvo_minimum_variance(&outcome, solver, &error);
 *     if (outcome == MVO_OPTIMAL) mvo_solver_weights(weights, solver);
 *
 * Each call returns an mvo_status; check it (examples/minimum_variance.c does).
 *
 * 4. Status, outcome, error
 * -------------------------
 *
 * mvo_status says whether the *call* worked: MVO_OK or a negative number. mvo_outcome says what is true of
 * the *problem*: MVO_OPTIMAL, MVO_INFEASIBLE, ... An infeasible problem is a call that worked. A call that
 * fails changes nothing: handles and output buffers keep what they had. The last parameter of most
 * functions is an mvo_error of yours (or NULL) that receives the reason in words: which argument, which
 * row or asset, which value. Beside the errors a function lists, MVO_ERROR_ARGUMENT where sizes are beyond what
 * LAPACK counts (about 32000 assets) and MVO_ERROR_INTERNAL can come from every one that uses it.
 *
 * 5. Conventions
 * --------------
 *
 * - Matrices are column-major with a leading dimension (element (i, j) of M is M[i + j * ld]); a table of
 *   returns is T-by-n with one column per asset. Asset indices count from 0.
 * - Numbers are decimals per period (0.01 is 1 %); nothing is annualised behind your back.
 * - Signs. At an optimum   Sigma w + c + s = A'y + z,   s a subgradient of the costs (zero without any). A
 *   multiplier (y of a row, z of a bound) is positive where the lower side holds, negative where the upper side
 *   does, zero where neither does. It is the
 *   derivative of that call's own objective - always stated as a minimisation, see each function - with
 *   respect to the limit that holds (one-sided where the optimum is degenerate).
 * - An infinite limit is given as HUGE_VAL or INFINITY; a solver takes a limit of 1e20 or more in size for
 *   one. NaN is refused everywhere, by name, except where a function says that it stands for a missing return.
 * - Tolerances are relative to the scale of your data, never absolute: daily variances of 1e-8 and the
 *   same numbers in squared basis points give the same portfolio.
 *
 * 6. Ownership, memory, threads
 * -----------------------------
 *
 * - Arrays are the caller's, are read during the call only (unless MVO_BORROW is given), and outputs are
 *   written by the caller's leave. The output parameter comes first.
 * - `_ref`/`_unref` for shared things, `_free` for owned ones; all of them accept NULL.
 * - Memory is taken when a handle is made, a constraint set edited, a frontier or path followed, a conflict
 *   explained, and by estimators and portfolios of risk (risk budgets, hierarchies, bets, tail risk of squares or
 *   entropic, its frontiers, with variance or as a cap, several covariances at once, resampled frontiers) while they
 *   work. Solving, the portfolio questions and every setter of a solver allocate nothing (save a solve with a thousand
 *   free weights or more: see mvo_solver_new), take no lock and print nothing.
 * - Functions that take only const handles may run concurrently on the same handle. Functions that take a
 *   non-const handle need it exclusively - but a covariance, scenarios or a context from which a function only
 *   takes a reference stays shared. `_ref`, `_unref` and mvo_solver_cancel are safe at any time.
 * - No global state, no locale, no errno, no signals, no floating-point mode changes, no exit.
 *
 * 7. Determinism
 * --------------
 *
 * Bit-identical Sigma (as the handle holds it), c, limits, options and call history since the solver was
 * made or cleared give bit-identical answers, whatever BLAS is installed, in the default floating-point
 * environment, except where a clock or a cancel ended the solve. What BLAS, LAPACK or the C library's exp and
 * log compute enters only where data are turned into a covariance, where a matrix is repaired or derived, in
 * clearing payments, in the effective number of bets, in EVaR and in resampled frontiers, what its pow computes in
 * mvo_shock_peg; never in a solve of an mvo_solver.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && __GNUC__ >= 4
#define MVO_API __attribute__((visibility("default")))
#else
#define MVO_API
#endif

/* ------------------------------------------------------------------------------------------ version */

/** Version of this header. The library in use may be newer: see mvo_version_number(). */
#define MVO_VERSION_MAJOR 0
#define MVO_VERSION_MINOR 2
#define MVO_VERSION_PATCH 0
#define MVO_VERSION_NUMBER (MVO_VERSION_MAJOR * 10000 + MVO_VERSION_MINOR * 100 + MVO_VERSION_PATCH)

/** Version of the library in use, as MVO_VERSION_NUMBER. Thread-safe. Since 0.1. */
MVO_API int32_t mvo_version_number(void);

/** Version of the library in use in words, "0.2.0". A static string. Thread-safe. Since 0.1. */
MVO_API const char *mvo_version_string(void);

/* ------------------------------------------------------------------------------- status and outcome */

/** Whether a call worked: MVO_OK, or one of the negative numbers below. Never renumbered. */
typedef int32_t mvo_status;

enum {
    MVO_OK = 0,                   /**< the call did what it says */
    MVO_ERROR_NULL = -1,          /**< a pointer that must not be NULL is */
    MVO_ERROR_ARGUMENT = -2,      /**< a size, flag, option or index is out of its range */
    MVO_ERROR_NOT_FINITE = -3,    /**< a NaN, or an infinity where a finite number is needed */
    MVO_ERROR_NOT_SYMMETRIC = -4, /**< a matrix differs from its transpose beyond rounding */
    MVO_ERROR_NOT_SEMIDEFINITE = -5, /**< a covariance has a negative eigenvalue beyond rounding */
    MVO_ERROR_LIMITS = -6,        /**< a lower limit above its upper one, or a limit at the wrong infinity */
    MVO_ERROR_NOT_FOUND = -7,     /**< no row with that id */
    MVO_ERROR_MEMORY = -8,        /**< the allocator returned NULL */
    MVO_ERROR_MISMATCH = -9,      /**< two handles of different sizes */
    MVO_ERROR_STATE = -10,        /**< the handle has no such answer (yet) */
    MVO_ERROR_OUT_OF_RANGE = -11, /**< the frontier has no such portfolio */
    MVO_ERROR_INTERNAL = -12,     /**< a defect of this library: please report it */
    MVO_ERROR_SINGULAR = -13      /**< a matrix that has to be inverted is singular. Since 0.2 */
};

/** What is true of a problem. Never renumbered. */
typedef int32_t mvo_outcome;

enum {
    MVO_OPTIMAL = 0,         /**< the weights are optimal; the report holds the certificate */
    MVO_INFEASIBLE = 1,      /**< no portfolio obeys all limits; mvo_solver_farkas holds the proof */
    MVO_UNBOUNDED = 2,       /**< the objective falls without end; mvo_solver_ray holds the direction */
    MVO_NOT_ATTAINED = 3,    /**< the best value is approached, but no portfolio reaches it */
    MVO_NO_EXCESS_RETURN = 4, /**< no feasible portfolio beats the risk-free rate */
    MVO_NOT_CONVEX = 5,      /**< negative curvature was met in a covariance accepted on trust; there may be some that is not met */
    MVO_ITERATION_LIMIT = 6, /**< stopped by MVO_OPTION_ITERATION_LIMIT */
    MVO_TIME_LIMIT = 7,      /**< stopped by MVO_OPTION_TIME_LIMIT */
    MVO_CANCELLED = 8,       /**< stopped by mvo_solver_cancel or by the progress callback */
    MVO_NUMERICAL = 9,       /**< no verdict reached its certificate; the report says how far it is */
    MVO_NO_MEMORY = 10       /**< stopped: more free weights and active rows than there is memory for (see mvo_solver_new). Since 0.2 */
};

/** The name of a status, "MVO_ERROR_NULL"; "unknown status" for other numbers. Static. Since 0.1. */
MVO_API const char *mvo_status_name(mvo_status status);

/** The name of an outcome, "MVO_OPTIMAL"; "unknown outcome" for other numbers. Static. Since 0.1. */
MVO_API const char *mvo_outcome_name(mvo_outcome outcome);

/**
 * Why a call failed, in words and in numbers. Yours; initialise it with MVO_ERROR_INIT. Written only when a
 * call fails. Members that do not apply are -1 (indices) or 0 (numbers). Later versions append members;
 * struct_size tells the library how many you have.
 */
typedef struct mvo_error {
    int64_t struct_size; /**< sizeof(mvo_error) */
    int64_t status;      /**< the status the call returned */
    int64_t row;         /**< row, asset or element concerned, counted from 0; or -1 */
    int64_t column;      /**< column concerned, counted from 0; or -1 */
    double value;        /**< the offending value */
    double limit;        /**< the limit it was held against */
    char argument[32];   /**< name of the argument as in this header */
    char message[256];   /**< one sentence, zero-terminated */
} mvo_error;

/** Initialiser: mvo_error error = MVO_ERROR_INIT; */
#define MVO_ERROR_INIT { (int64_t)sizeof(mvo_error), 0, -1, -1, 0.0, 0.0, { 0 }, { 0 } }

/* ------------------------------------------------------------------------------------------ context */

/** Allocator and log of the handles made with it. Reference-counted. NULL stands for the default. */
typedef struct mvo_context mvo_context;

/** Returns `size` bytes aligned for any type, or NULL. Must be safe to call from every thread that makes handles. */
typedef void *(*mvo_allocate_fn)(void *user, size_t size);

/** Takes back what mvo_allocate_fn gave; never called with NULL. */
typedef void (*mvo_release_fn)(void *user, void *pointer);

/** Receives one line without a newline: why a call failed, or which fallback was taken. Never called inside a solve. */
typedef void (*mvo_log_fn)(void *user, const char *message);

/**
 * Makes a context with one reference.
 * `allocate` and `release` are both given or both NULL (malloc and free); `log` may be NULL (silence);
 * `user` is handed to each of them. MVO_ERROR_ARGUMENT if only one of the pair is given. Since 0.1.
 */
MVO_API mvo_status mvo_context_new(mvo_context **context, mvo_allocate_fn allocate, mvo_release_fn release,
                                   mvo_log_fn log, void *user, mvo_error *error);

/** Takes another reference; returns `context`. NULL allowed. Thread-safe. Since 0.1. */
MVO_API mvo_context *mvo_context_ref(mvo_context *context);

/** Gives a reference back; the last one frees it. NULL allowed. Thread-safe. Since 0.1. */
MVO_API void mvo_context_unref(mvo_context *context);

/* --------------------------------------------------------------------------------------- covariance */

/** A covariance matrix of n assets. Immutable, reference-counted, shared between threads. */
typedef struct mvo_covariance mvo_covariance;

/** How to take a covariance: one check level, to which MVO_BORROW may be added with `|`. */
enum {
    MVO_CHECK_ALL = 0,    /**< finite, symmetric, semidefinite (one Cholesky factorisation) */
    MVO_CHECK_FINITE = 1, /**< no NaN, no infinity, no negative variance; the rest is trusted, semidefiniteness too */
    MVO_CHECK_NONE = 2,   /**< everything is trusted: garbage gives garbage, which need not be noticed */
    MVO_BORROW = 16       /**< read your memory in place instead of copying: keep it unchanged until the handle is gone */
};

/**
 * From a dense n-by-n matrix `sigma` with leading dimension ld >= n, in squared return units per period.
 * With MVO_CHECK_ALL the matrix must be symmetric to 1e-10 of sqrt(Sigma_ii Sigma_jj) and semidefinite to
 * n * 1e-14 of its largest diagonal after scaling to unit variances (rounding of a singular matrix passes);
 * a refusal names the entry, or the most negative eigenvalue (MVO_ERROR_NOT_SEMIDEFINITE, value = that
 * eigenvalue of the matrix as given). The lower triangle decides where the two differ within rounding.
 * With any other level you vouch for semidefiniteness. A solve that meets negative curvature on its way says MVO_NOT_CONVEX, but most
 * ways lead past it: over an indefinite matrix MVO_OPTIMAL can stand at a saddle point, and the report shows nothing of that, since
 * its conditions and its gap tell an optimum from others only where the objective is convex.
 * A variance of zero is a riskless asset; its row must be zero. Borrowed memory must be symmetric to the bit; solves read
 * whole columns, so it is fastest (by up to half) where each begins at a multiple of 64 bytes, as in a copy.
 * Errors: NULL, ARGUMENT (n = 0, ld < n, flags), NOT_FINITE, NOT_SYMMETRIC, NOT_SEMIDEFINITE, MEMORY. Since 0.1.
 */
MVO_API mvo_status mvo_covariance_new_dense(mvo_covariance **covariance, mvo_context *context, size_t n,
                                            const double *sigma, size_t ld, int32_t flags, mvo_error *error);

/**
 * From volatilities (n, standard deviations >= 0) and an n-by-n correlation matrix (unit diagonal to 1e-10,
 * entries in [-1, 1] to rounding): Sigma_ij = volatility_i correlation_ij volatility_j. Always copied
 * (MVO_BORROW is refused). Checks and errors as mvo_covariance_new_dense, of the correlation matrix; ARGUMENT also for a
 * negative volatility (unless MVO_CHECK_NONE), and with MVO_CHECK_ALL for a diagonal or an entry that is no correlation.
 * Since 0.1.
 */
MVO_API mvo_status mvo_covariance_new_correlation(mvo_covariance **covariance, mvo_context *context, size_t n,
                                                  const double *volatility, const double *correlation,
                                                  size_t ld, int32_t flags, mvo_error *error);

/**
 * From a factor model, Sigma = B Omega B' + diag(specific): loadings B (n-by-k, ld_loadings >= n), factor
 * covariance Omega (k-by-k, ld_factor >= k; NULL for the identity), specific variances (n, >= 0). Kept
 * structured: no n-by-n matrix is ever formed, memory and time are O(nk + k^2). Omega is factorised once,
 * rank-deficient ones included (pivoted, so that Omega = R R' to rounding). Always copied (MVO_BORROW is
 * refused). k = 0 is a diagonal covariance.
 * Errors: NULL, ARGUMENT, NOT_FINITE (row, column), NOT_SYMMETRIC and NOT_SEMIDEFINITE (of Omega, or a
 * negative specific variance), MEMORY. Source: Sharpe (1963); Rosenberg (1974). Since 0.1.
 */
MVO_API mvo_status mvo_covariance_new_factor(mvo_covariance **covariance, mvo_context *context, size_t n, size_t k,
                                             const double *loadings, size_t ld_loadings,
                                             const double *factor_covariance, size_t ld_factor,
                                             const double *specific_variance, int32_t flags, mvo_error *error);

/**
 * Sample covariance of a T-by-n table of returns (ld >= T, one column per asset, no gaps):
 * (X - mean)'(X - mean) / (periods - ddof). ddof is 1 by custom, 0 for maximum likelihood; periods > ddof.
 * With fewer periods than assets the matrix is rank-deficient, which is an ordinary input everywhere.
 * Semidefinite by construction, so never checked for it; MVO_CHECK_NONE skips the search for NaN.
 * MVO_BORROW is refused. Errors: NULL, ARGUMENT, NOT_FINITE (row = period, column = asset), MEMORY. Since 0.1.
 */
MVO_API mvo_status mvo_covariance_new_returns(mvo_covariance **covariance, mvo_context *context, size_t periods,
                                              size_t n, const double *returns, size_t ld, size_t ddof,
                                              int32_t flags, mvo_error *error);

/** Takes another reference; returns `covariance`. NULL allowed. Thread-safe. Since 0.1. */
MVO_API mvo_covariance *mvo_covariance_ref(mvo_covariance *covariance);

/** Gives a reference back; the last one frees it. NULL allowed. Thread-safe. Since 0.1. */
MVO_API void mvo_covariance_unref(mvo_covariance *covariance);

/** Number of assets n; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_covariance_size(const mvo_covariance *covariance);

/** An upper bound of the rank (n where nothing better is known); 0 for NULL. Since 0.1. */
MVO_API size_t mvo_covariance_rank_bound(const mvo_covariance *covariance);

/** product = Sigma x (both n; they may not overlap). Errors: NULL, NOT_FINITE (x). Since 0.1. */
MVO_API mvo_status mvo_covariance_multiply(double *product, const mvo_covariance *covariance, const double *x,
                                           mvo_error *error);

/** Portfolio variance w'Sigma w, never negative. Errors: NULL, NOT_FINITE (weights). Since 0.1. */
MVO_API mvo_status mvo_covariance_variance(double *variance, const mvo_covariance *covariance, const double *weights,
                                           mvo_error *error);

/** Portfolio volatility sqrt(w'Sigma w), per period. Errors: NULL, NOT_FINITE (weights). Since 0.1. */
MVO_API mvo_status mvo_covariance_volatility(double *volatility, const mvo_covariance *covariance,
                                             const double *weights, mvo_error *error);

/**
 * Risk of a portfolio by asset: marginal_i = (Sigma w)_i / volatility, the derivative of volatility with
 * respect to w_i; total_i = w_i marginal_i, which add up to the volatility (Euler). Either output (n) may be
 * NULL. A riskless portfolio has zero contributions. Errors: NULL, NOT_FINITE (weights). Since 0.1.
 */
MVO_API mvo_status mvo_covariance_risk_contributions(double *marginal, double *total,
                                                     const mvo_covariance *covariance, const double *weights,
                                                     mvo_error *error);

/** Standard deviation of each asset (n), per period. Errors: NULL. Since 0.1. */
MVO_API mvo_status mvo_covariance_volatilities(double *volatilities, const mvo_covariance *covariance,
                                               mvo_error *error);

/** The whole matrix into sigma (n-by-n, ld >= n). This alone forms n-by-n numbers. Errors: NULL, ARGUMENT. Since 0.1. */
MVO_API mvo_status mvo_covariance_matrix(double *sigma, size_t ld, const mvo_covariance *covariance, mvo_error *error);

/**
 * The correlation matrix into `correlation` (n-by-n, ld >= n); a riskless asset has correlation 0 with the
 * others and 1 with itself. Errors: NULL, ARGUMENT. Since 0.1.
 */
MVO_API mvo_status mvo_covariance_correlation(double *correlation, size_t ld, const mvo_covariance *covariance,
                                              mvo_error *error);

/* -------------------------------------------------------------------------- estimating covariances */

/*
 * Every estimator takes a T-by-n table of returns (periods, n, returns, ld >= periods: one column per asset) and makes a
 * covariance that is semidefinite by construction - nothing is checked again - and structured where the table has fewer
 * periods than half the assets and the estimate allows it. A NaN or an infinity is refused by row and column, unless
 * the function says that NaN is a missing return. Sums over the periods are divided by periods - ddof: 1 is the custom
 * for a sample covariance and in Ledoit and Wolf's own programs (after taking out the mean), 0 is what most papers and
 * scikit-learn write. Errors of all: NULL, ARGUMENT (n = 0, periods <= ddof, ld), NOT_FINITE, MEMORY.
 */

/**
 * Sample covariance of the periods in which no return is missing (NaN). *used (may be NULL) receives how many those are;
 * more than ddof are needed. Errors: ARGUMENT also where there are too few. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_complete_cases(mvo_covariance **covariance, size_t *used, mvo_context *context,
                                                     size_t periods, size_t n, const double *returns, size_t ld,
                                                     size_t ddof, mvo_error *error);

/** What becomes of a matrix that turns out not to be semidefinite. */
enum {
    MVO_INDEFINITE_REFUSE = 0, /**< MVO_ERROR_NOT_SEMIDEFINITE, with the smallest eigenvalue */
    MVO_INDEFINITE_CLIP = 1    /**< its correlations' negative eigenvalues become zero; the variances stay */
};

/**
 * Sample covariance with gaps, pair by pair: each entry from the periods that both assets have (not NaN), with their own
 * means over these. Such a matrix need not be semidefinite. *smallest_eigenvalue (may be NULL) receives the smallest
 * eigenvalue of its correlations before any repair; below -n * 1e-14 `repair` decides: MVO_INDEFINITE_REFUSE (then
 * error.value is that eigenvalue) or MVO_INDEFINITE_CLIP, which sets the negative eigenvalues of the correlation matrix
 * to zero and brings its diagonal back to ones (Rebonato & Jaeckel 1999).
 * Errors: ARGUMENT also where a pair (row, column) has no more than ddof periods in common, repair, n above 32000;
 * NOT_SEMIDEFINITE. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_pairwise(mvo_covariance **covariance, double *smallest_eigenvalue,
                                               mvo_context *context, size_t periods, size_t n, const double *returns,
                                               size_t ld, size_t ddof, int32_t repair, mvo_error *error);

/*
 * How fast the past is forgotten can be said in three ways: a decay per period (0.94: each period counts 0.94 times the
 * next), the half-life in periods after which a weight has halved, decay = 2^(-1 / half-life), and the span of an
 * exponential moving average, decay = 1 - 2 / (span + 1). Each function answers NaN outside its domain.
 */

/** Half-life of a decay in (0, 1]; a decay of 1 never forgets: infinity. Since 0.2. */
MVO_API double mvo_half_life_from_decay(double decay);

/** Half-life of a span > 1 (infinity allowed). Since 0.2. */
MVO_API double mvo_half_life_from_span(double span);

/** Decay of a half-life > 0 (infinity: 1). Since 0.2. */
MVO_API double mvo_decay_from_half_life(double half_life);

/** Span of a half-life > 0 (infinity allowed). Since 0.2. */
MVO_API double mvo_span_from_half_life(double half_life);

/** What returns are taken to vary around, where a function asks. */
enum {
    MVO_MEAN_ZERO = 0, /**< zero: usual for daily and shorter periods, where the mean is far smaller than its error */
    MVO_MEAN_ESTIMATED = 1, /**< a mean estimated along with the rest */
    MVO_MEAN_PAST = 2       /**< in each period the mean of those before it, no look-ahead; where a function offers it */
};

/**
 * Exponentially weighted covariance, the last period counting most. Two half-lives in periods, each at least 0.1 or
 * infinity (equal weights): one for volatilities and one for correlations; the same number twice is the plain
 * estimate. With different ones Sigma_ij = s_i s_j C_ij, s from the first estimate and C from the second.
 * Weights add up to one (no start-up bias) and the estimate is unbiased for independent returns: MVO_MEAN_ESTIMATED
 * divides by 1 - sum of squared weights (with infinite half-lives: the sample covariance with ddof = 1; a stream does
 * not divide); MVO_MEAN_PAST divides each squared residual by 1 + sum of the squared weights of its mean, the first
 * period giving a mean only. An asset with constant returns is riskless (with MVO_MEAN_ZERO only if they are zero).
 * Errors: ARGUMENT also for half-lives and mean, for one period with a mean to take out, and for an asset that moved
 * within reach of volatility_half_life only. Source: J.P. Morgan/Reuters, RiskMetrics (1996). Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_exponential(mvo_covariance **covariance, mvo_context *context, size_t periods,
                                                  size_t n, const double *returns, size_t ld,
                                                  double volatility_half_life, double correlation_half_life,
                                                  int32_t mean, mvo_error *error);

/** What a sample covariance S is shrunk towards. T is periods - ddof, in S and in the intensity alike. */
enum {
    MVO_SHRINK_IDENTITY = 0, /**< the mean variance times the identity: Ledoit & Wolf (2004), J. Multivariate Analysis */
    MVO_SHRINK_DIAGONAL = 1, /**< the variances, without correlations */
    MVO_SHRINK_TWO_PARAMETERS = 2,       /**< the mean variance, and the mean covariance, everywhere */
    MVO_SHRINK_CONSTANT_CORRELATION = 3, /**< the mean correlation everywhere: Ledoit & Wolf (2004), "Honey, ..." */
    MVO_SHRINK_SINGLE_FACTOR = 4, /**< one-factor model of the mean of all assets: Ledoit & Wolf (2003) */
    MVO_SHRINK_ORACLE = 5, /**< as IDENTITY, by Chen, Wiesel, Eldar & Hero (2010), equation 23 with its 2 / n terms */
    MVO_SHRINK_ORACLE_LARGE = 6 /**< the same without the 2 / n terms, as scikit-learn and PyPortfolioOpt compute it */
};

/**
 * Linear shrinkage: (1 - intensity) S + intensity F, with a target F of the list above and the intensity estimated from
 * the same returns. *intensity (may be NULL) receives it, from 0 to 1; where S equals its target, as with one asset, it
 * is 0. Packages differ by T: with ddof = 1 the figures are those of Ledoit and Wolf's own programs, with ddof = 0
 * those of scikit-learn and PyPortfolioOpt. An asset with constant returns gets a variance from the targets that
 * average variances, and stays riskless with the others, but for MVO_SHRINK_CONSTANT_CORRELATION, which refuses it.
 * Errors: ARGUMENT also for target, for a constant column (CONSTANT_CORRELATION) and for returns whose mean over the
 * assets is constant (SINGLE_FACTOR). Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_shrunk(mvo_covariance **covariance, double *intensity, mvo_context *context,
                                             size_t periods, size_t n, const double *returns, size_t ld, size_t ddof,
                                             int32_t target, mvo_error *error);

/**
 * Shrinkage by hand: (1 - intensity) sample + intensity target, of any two covariances of as many assets; structured
 * where both are. The new handle needs neither afterwards.
 * Errors: NULL, MISMATCH, NOT_FINITE and ARGUMENT (intensity outside [0, 1]), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_shrunk_towards(mvo_covariance **covariance, mvo_context *context,
                                                     const mvo_covariance *sample, const mvo_covariance *target,
                                                     double intensity, mvo_error *error);

/** Formulas of nonlinear shrinkage. */
enum {
    MVO_NONLINEAR_QUADRATIC_INVERSE = 0, /**< QIS, Ledoit & Wolf (2022), Bernoulli 28(3); keeps the trace */
    MVO_NONLINEAR_ANALYTICAL = 1,        /**< Ledoit & Wolf (2020), Annals of Statistics 48(5); periods > 12 */
    MVO_NONLINEAR_LINEAR_INVERSE = 2,    /**< LIS, for Stein's loss, same paper as QIS; periods > n */
    MVO_NONLINEAR_GEOMETRIC_INVERSE = 3  /**< GIS, the geometric mean of QIS (before its trace is kept) and LIS; periods > n */
};

/**
 * Nonlinear shrinkage: the eigenvectors of the sample covariance, with each eigenvalue moved on its own. Positive
 * definite with fewer periods than assets, too (first two methods). periods - 1 takes the place of T throughout, as in
 * the authors' programs once the mean is taken out. One asset keeps its sample variance. Eigenvalues that are zero
 * although there are periods enough (assets that depend on each other) are taken for n * 2.2e-16 of the largest.
 * Errors: ARGUMENT also for method, periods, a constant column, n above 32000. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_nonlinear(mvo_covariance **covariance, mvo_context *context, size_t periods,
                                                size_t n, const double *returns, size_t ld, int32_t method,
                                                mvo_error *error);

/**
 * Sample covariance without the eigenvalues that pure noise would have: those of the correlation matrix below
 * (1 + sqrt(n / (periods - ddof)))^2, the upper edge of the Marchenko-Pastur law for unit variance, are replaced by their
 * mean, the diagonal is brought back to ones, and the sample variances are put back. *kept (may be NULL) receives how
 * many eigenvalues stand above the edge. Errors: ARGUMENT also for a constant column, n above 32000.
 * Source: Laloux, Cizeau, Potters & Bouchaud (2000); Bouchaud & Potters (2009), arXiv:0910.1205. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_clipped(mvo_covariance **covariance, size_t *kept, mvo_context *context,
                                              size_t periods, size_t n, const double *returns, size_t ld, size_t ddof,
                                              mvo_error *error);

/**
 * Gerber covariance: sample variances, with correlations counted. A return r_ti moves up if r_ti >= threshold *
 * volatility_i and down if r_ti <= -threshold * volatility_i (sample volatility with ddof; the returns themselves,
 * mean included; threshold in (0, 1], 0.5 in the paper). Correlation = (periods in which both move the same way - the
 * opposite way) / (periods - periods in which neither moves): the form of the paper that is semidefinite. A riskless asset
 * and one that never moves have correlation 0 with the others. Errors: ARGUMENT also for threshold.
 * Source: Gerber, Markowitz, Ernst, Miao, Javid & Sargen (2022), J. Portfolio Management 48(3). Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_gerber(mvo_covariance **covariance, mvo_context *context, size_t periods,
                                             size_t n, const double *returns, size_t ld, size_t ddof,
                                             double threshold, mvo_error *error);

/**
 * Semicovariance below a benchmark return per period: D'D / periods with D_ti = min(r_ti - benchmark, 0).
 * Errors: NOT_FINITE also for benchmark. Source: Estrada (2008), J. Applied Finance 18(1), with D of each asset. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_semicovariance(mvo_covariance **covariance, mvo_context *context,
                                                     size_t periods, size_t n, const double *returns, size_t ld,
                                                     double benchmark, mvo_error *error);

/* ------------------------------------------------------------------------- factor models from data */

/*
 * Three ways from data to a factor model that stays structured, whatever is measured as a factor: size, momentum, a
 * sector, total value locked, active addresses. returns is T-by-n (periods-by-n, ld >= periods, finite, no gaps). Outputs
 * other than the covariance may be NULL and have no gaps between columns (n-by-k means leading dimension n).
 */

/** Rules of mvo_factor_count. */
enum {
    MVO_FACTORS_BAI_NG = 0,           /**< criterion IC_p2 of Bai & Ng (2002) */
    MVO_FACTORS_MARCHENKO_PASTUR = 1  /**< eigenvalues of the correlations above (1 + sqrt(n / (T - 1)))^2 */
};

/**
 * How many statistical factors a table of returns has, from 0 to `most` <= min(n, periods - 1). Both rules look at
 * standardised returns. Bai & Ng: the k that minimises ln V(k) + k (n + T) / (n T) ln min(n, T), V(k) the mean squared
 * residual of k principal components. Marchenko & Pastur: how many eigenvalues of the sample correlation matrix lie above
 * the edge (1 + sqrt(n / (T - 1)))^2 where those of independent returns end; it is that of mvo_covariance_new_clipped
 * with ddof = 1. Errors: NULL, ARGUMENT (n, periods < 2, most, rule, a constant
 * column), NOT_FINITE (row, column), MEMORY.
 * Sources: Bai & Ng (2002); Marchenko & Pastur (1967), Laloux et al. (1999). Since 0.2.
 */
MVO_API mvo_status mvo_factor_count(size_t *factors, mvo_context *context, size_t periods, size_t n,
                                    const double *returns, size_t ld, size_t most, int32_t rule, mvo_error *error);

/** Whose principal components mvo_covariance_new_statistical_factors takes. */
enum {
    MVO_FACTORS_OF_COVARIANCE = 0,  /**< of the sample covariance: volatile assets weigh more */
    MVO_FACTORS_OF_CORRELATION = 1  /**< of the sample correlation: all assets weigh the same */
};

/**
 * Statistical factors: the `factors` largest principal components, and on the diagonal what they leave of each sample
 * variance (divided by periods - 1), so that the model has the sample's own variances. Factors have mean 0, variance 1
 * and no correlation: Sigma = loadings loadings' + diag(specific_variance). loadings n-by-factors, the largest in size of
 * each factor positive; factor_returns periods-by-factors; specific_variance n. With fewer periods than assets no n-by-n
 * matrix is formed. Errors: NULL, ARGUMENT (n, periods < 2, factors > min(n, periods - 1), of, a constant column),
 * NOT_FINITE (row, column), SINGULAR (the returns have fewer factors), MEMORY.
 * Source: Connor & Korajczyk (1986). Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_statistical_factors(mvo_covariance **covariance, double *loadings,
                                                          double *factor_returns, double *specific_variance,
                                                          mvo_context *context, size_t periods, size_t n,
                                                          const double *returns, size_t ld, size_t factors, int32_t of,
                                                          mvo_error *error);

/**
 * Fundamental factors: exposures are given, factor returns are what a weighted regression across the assets makes of each
 * period, r_t = X_t f_t + e_t. exposures of period t: n-by-k (ld_exposures >= n) at exposures + t * step; step 0: the same
 * for all periods. They must be those known before the period; a column of ones is a market factor. weights (n, >= 0,
 * NULL for ones): of the squared residuals, by custom the root of market value; an asset of weight 0 takes no part but
 * gets its specific variance. `current` (n-by-k, ld_current >= n): today's exposures, which the covariance is made with;
 * NULL for those of the last period. Sigma = X Omega X' + diag(specific_variance), Omega the sample covariance of the
 * factor returns and specific variances those of the residuals, each divided by periods - 1. factor_returns periods-by-k,
 * specific_returns periods-by-n, factor_covariance k-by-k, specific_variance n. `covariance` may be NULL too: with
 * factor_covariance and specific_variance NULL as well any number of periods will do.
 * Errors: NULL, ARGUMENT (n, k = 0, fewer assets of positive weight than factors, periods <= k, weights, step), NOT_FINITE
 * (exposures: row, column, limit = period), SINGULAR (column = the factor whose exposures those before it explain to
 * 1e-10, row = the period), MEMORY. Sources: Fama & MacBeth (1973); Rosenberg (1974). Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_fundamental_factors(mvo_covariance **covariance, double *factor_returns,
                                                          double *specific_returns, double *factor_covariance,
                                                          double *specific_variance, mvo_context *context,
                                                          size_t periods, size_t n, const double *returns, size_t ld,
                                                          size_t k, const double *exposures, size_t ld_exposures,
                                                          size_t step, const double *weights, const double *current,
                                                          size_t ld_current, mvo_error *error);

/**
 * Loadings on k factors whose returns are given (periods-by-k, ld_factors >= periods; k = 0: none): one regression with a
 * constant over time for each asset, r_i = alpha_i + loadings_i'f + e_i. Sigma = B Omega B' + diag(specific_variance),
 * Omega the sample covariance of the factor returns (periods - 1), specific variances the squared residuals over
 * periods - k - 1. alphas n, loadings n-by-k, specific_variance n, r_squared n (share of each variance explained).
 * Errors: NULL, ARGUMENT (n, periods < k + 2, a constant column of returns or factor_returns), NOT_FINITE (row, column),
 * SINGULAR (column = the factor that a constant and those before it explain to 1e-10), MEMORY.
 * Sources: Sharpe (1963); Fama & French (1993). Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_factor_regression(mvo_covariance **covariance, double *alphas, double *loadings,
                                                        double *specific_variance, double *r_squared,
                                                        mvo_context *context, size_t periods, size_t n,
                                                        const double *returns, size_t ld, size_t k,
                                                        const double *factor_returns, size_t ld_factors,
                                                        mvo_error *error);

/* ------------------------------------------------------------------------- repairing and stressing */

/*
 * A matrix put together from pieces - pairwise estimates, a desk's views, stressed entries - need not be semidefinite.
 * Four repairs of a correlation matrix, from the nearest to the cheapest; with volatilities the answer goes to
 * mvo_covariance_new_correlation. In all of them `given` (n-by-n, ld_given >= n) must be finite and symmetric to 1e-10;
 * `floor` in [0, 1) is the smallest eigenvalue wanted; *distance (may be NULL) is the Frobenius norm of the change,
 * diagonals counting as ones; `correlation` (n-by-n, ld_correlation >= n) may be `given` itself and has ones on its
 * diagonal.
 */

/**
 * The nearest correlation matrix in the Frobenius norm, by the semismooth Newton method: a few eigenvalue
 * decompositions. The diagonal of `given` does not matter and is not read but for NaN; entries may lie outside [-1, 1].
 * *iterations (may be NULL): Newton steps. Errors: NULL, ARGUMENT (n, ld, floor), NOT_FINITE, NOT_SYMMETRIC, MEMORY.
 * Source: Qi & Sun (2006). Since 0.2.
 */
MVO_API mvo_status mvo_correlation_nearest(double *correlation, size_t ld_correlation, double *distance,
                                           int64_t *iterations, mvo_context *context, size_t n, const double *given,
                                           size_t ld_given, double floor, mvo_error *error);

/**
 * The nearest correlation matrix with elements that must not change or with weights, by alternating projections
 * (slow: one eigenvalue decomposition a sweep, often hundreds). fixed (n-by-n, leading dimension n, symmetric, NULL for
 * none): nonzero where the element keeps its value, to 1e-10. weights (n, > 0, NULL for ones): the norm is that of
 * sqrt(weight_i weight_j) (given_ij - X_ij), so that an asset of large weight is changed little. *outcome is MVO_OPTIMAL,
 * or MVO_ITERATION_LIMIT after iteration_limit sweeps (there may be no matrix with such fixed elements); correlation
 * and distance are then left alone. The distance is unweighted. Errors: as mvo_correlation_nearest, and ARGUMENT
 * (weights, iteration_limit < 1, a fixed element beyond 1 - floor), NOT_SYMMETRIC (fixed).
 * Source: Higham (2002). Since 0.2.
 */
MVO_API mvo_status mvo_correlation_nearest_fixed(mvo_outcome *outcome, double *correlation, size_t ld_correlation,
                                                 double *distance, int64_t *iterations, mvo_context *context, size_t n,
                                                 const double *given, size_t ld_given, const int32_t *fixed,
                                                 const double *weights, double floor, int64_t iteration_limit,
                                                 mvo_error *error);

/**
 * Spectral clipping: eigenvalues below the floor are raised to it, then the matrix is scaled back to ones on its
 * diagonal (which takes an eigenvalue at the floor below it by at most the factor by which the diagonal had grown). Not
 * the nearest matrix. `given` needs ones on its diagonal to 1e-10. *clipped (may be NULL): eigenvalues raised.
 * Errors: as mvo_correlation_nearest. Source: Rebonato & Jaeckel (1999). Since 0.2.
 */
MVO_API mvo_status mvo_correlation_clipped(double *correlation, size_t ld_correlation, double *distance,
                                           size_t *clipped, mvo_context *context, size_t n, const double *given,
                                           size_t ld_given, double floor, mvo_error *error);

/**
 * Shrinking: (1 - a) given + a target with the smallest *intensity a in [0, 1] (may be NULL) that has no eigenvalue
 * below the floor; 0 leaves a matrix that has none as it is. target: a correlation matrix (n-by-n, ld_target >= n) with
 * no eigenvalue below the floor; NULL for the identity. Keeps whatever pattern both share, a block for instance. `given`
 * needs ones on its diagonal to 1e-10. Errors: as mvo_correlation_nearest, and NOT_SEMIDEFINITE (target).
 * Source: Higham, Strabic & Sego (2016). Since 0.2.
 */
MVO_API mvo_status mvo_correlation_shrunk(double *correlation, size_t ld_correlation, double *intensity,
                                          double *distance, mvo_context *context, size_t n, const double *given,
                                          size_t ld_given, const double *target, size_t ld_target, double floor,
                                          mvo_error *error);

/**
 * Correlations pulled towards a target, D [(1 - theta) C + theta C*] D with D the volatilities and C the correlations of
 * `given`, 0 <= theta <= 1: semidefinite for every theta. target C* (n-by-n, ld_target >= n) is any correlation matrix;
 * NULL for ones throughout (all assets move as one), and then a factor model stays a factor model with one more factor.
 * Volatilities stay. Errors: NULL, ARGUMENT (theta, ld_target, a diagonal that is not 1), NOT_FINITE, NOT_SYMMETRIC,
 * NOT_SEMIDEFINITE (target), MEMORY. Source: Kupiec (1998). Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_stressed(mvo_covariance **stressed, mvo_context *context,
                                               const mvo_covariance *given, double theta, const double *target,
                                               size_t ld_target, mvo_error *error);

/**
 * Correlations of one group stressed, those of the rest among themselves and all volatilities kept. `members`: `count`
 * assets, each once. Two steps, either of them off at 0; each takes C to (1 - theta) C + theta C* with a C* that is the
 * correlation matrix of random variables, so all is semidefinite by construction. Let the index of a part be the sum of
 * its standardised returns.
 * `within` is theta of the first: C* has the correlations `within_target` (count-by-count, ld_target >= count, in order
 * of members; NULL for ones) inside the group, and the group is tied to the rest through its index alone.
 * `across` is theta of the second: C* keeps the correlations inside both parts and ties them through their indices
 * alone, whose correlation is across_correlation in [-1, 1]: 1 for contagion, 0 to cut the group off, -1 for flight.
 * The result is held as a matrix. Errors: NULL, ARGUMENT (count, members, within, across, across_correlation,
 * within_target, or returns of a part that add up to nothing), NOT_FINITE, NOT_SYMMETRIC, NOT_SEMIDEFINITE
 * (within_target), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_block_stressed(mvo_covariance **stressed, mvo_context *context,
                                                     const mvo_covariance *given, size_t count, const size_t *members,
                                                     double within, const double *within_target, size_t ld_target,
                                                     double across, double across_correlation, mvo_error *error);

/**
 * Volatilities times `scale` >= 0 and, with `scales` (n, >= 0, NULL for ones), asset by asset: Sigma_ij a_i a_j with
 * a_i = scale scales_i. Correlations stay; a factor model stays one.
 * Errors: NULL, ARGUMENT (a negative scale), NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_scaled(mvo_covariance **scaled, mvo_context *context,
                                             const mvo_covariance *given, double scale, const double *scales,
                                             mvo_error *error);

/**
 * The theta in [least, most] (within [0, 1]) at which mvo_covariance_new_stressed with that target gives a portfolio
 * the largest variance, and that *variance (may be NULL). The variance is linear in theta, so it is one of the two ends
 * (`least` where both are equal): a portfolio of long positions fears a theta that rises, a hedged one may not.
 * Allocates only to check a target. Errors: as mvo_covariance_new_stressed, and ARGUMENT (least, most), NOT_FINITE
 * (weights). Since 0.2.
 */
MVO_API mvo_status mvo_worst_correlation_stress(double *theta, double *variance, const mvo_covariance *covariance,
                                                const double *weights, const double *target, size_t ld_target,
                                                double least, double most, mvo_error *error);

/* ----------------------------------------------------------------------- derived assets and events */

/**
 * The covariance E Sigma E' of m derived assets: row i of holdings E (m-by-n, ld >= m) says what one unit of derived
 * asset i holds of the n assets of `given`: weights of a basket, 1/2 and 1/2 for a position in a constant-product
 * liquidity pool (to first order), a single 1 for a bridged copy, with mvo_covariance_new_events for what may befall the
 * bridge. own_variance (m, >= 0, NULL for none) is each derived asset's risk of its own. A factor model stays one where
 * at most m factors come of it: those given, and one for each specific variance that several derived assets share.
 * Errors: NULL, ARGUMENT (m, ld, own_variance), NOT_FINITE (row, column), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_derived(mvo_covariance **derived, mvo_context *context,
                                              const mvo_covariance *given, size_t m, const double *holdings, size_t ld,
                                              const double *own_variance, mvo_error *error);

/**
 * The sum of `count` covariances of the same assets, each times scales[i] >= 0 (NULL for ones): risks that are
 * independent of each other, or an average of estimates. Factor models give a factor model, their factors side by side,
 * unless those outnumber the assets.
 * Errors: NULL (terms[row]), ARGUMENT (count, scales), NOT_FINITE, MISMATCH (row = the term), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_sum(mvo_covariance **sum, mvo_context *context, size_t count,
                                          const mvo_covariance *const *terms, const double *scales, mvo_error *error);

/**
 * `given` with `count` events added - a hack, a depeg, a default -, each happening within the period with its
 * probability (in [0, 1]) and then costing the losses of its column (losses: n-by-count, ld >= n, fractions of value,
 * negative for a gain), independent of each other and of the returns behind `given`: Sigma + sum p (1 - p) L L'. The
 * mean return falls by sum p L: mean_shift (n, may be NULL) receives -sum p L, to be added to mu. A factor model gets
 * one more factor for each event. Errors: NULL, ARGUMENT (count, probability, ld), NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_events(mvo_covariance **with_events, double *mean_shift, mvo_context *context,
                                             const mvo_covariance *given, size_t count, const double *probability,
                                             const double *losses, size_t ld, mvo_error *error);

/*
 * Networks: nodes are banks, venues, protocols, stablecoin issuers. Element (i, j) of `liabilities` (nodes-by-nodes,
 * ld >= nodes, zero diagonal) is what node i owes node j, >= 0, in any one currency.
 */

/**
 * What each node pays in all (payments: nodes) when debts are cleared at once and pro rata: in full where it can,
 * otherwise asset_recovery times its assets plus claim_recovery times what it receives (both in [0, 1]; 1 and 1: all it
 * has). The greatest such payments, exactly, by the fictitious default algorithm in at most `nodes` rounds. outside
 * (nodes, >= 0, NULL for none): debts to creditors that are no nodes, of the same rank. assets (nodes, >= 0): what each
 * has beside its claims on other nodes, after the shock. equity (nodes, may be NULL): what is left to the owners. wave
 * (nodes, may be NULL): 0 for a node that pays in full, otherwise the round in which it failed - 1 on its own account,
 * 2 and later by contagion. Errors: NULL, ARGUMENT (row, column), NOT_FINITE, MEMORY.
 * Sources: Eisenberg & Noe (2001); recovery rates: Rogers & Veraart (2013). Since 0.2.
 */
MVO_API mvo_status mvo_clearing_payments(double *payments, double *equity, int32_t *wave, mvo_context *context,
                                         size_t nodes, const double *liabilities, size_t ld, const double *outside,
                                         const double *assets, double asset_recovery, double claim_recovery,
                                         mvo_error *error);

/**
 * DebtRank of a shock: the share of the system's value lost beyond the shock itself as distress spreads along debts,
 * each node passing it on once. equity (nodes, > 0) absorbs: the failure of i distresses j by min(1, liabilities_ij /
 * equity_j). shock (nodes, in [0, 1]): share of its equity each node loses at first; 1 is failure. value (nodes, >= 0,
 * NULL for equity) weighs the nodes. distress (nodes, may be NULL): share of its equity each has lost in the end.
 * Errors: NULL, ARGUMENT, NOT_FINITE, MEMORY. Source: Battiston et al. (2012), equations 1 to 3. Since 0.2.
 */
MVO_API mvo_status mvo_debt_rank(double *debt_rank, double *distress, mvo_context *context, size_t nodes,
                                 const double *liabilities, size_t ld, const double *equity, const double *value,
                                 const double *shock, mvo_error *error);

/**
 * The failure of one node as a loss vector over n holdings, ready for mvo_covariance_new_events: distress spreads from
 * `failed` as in mvo_debt_rank, and asset i loses (losses: n) the sum of dependence_ij times the distress of node j.
 * dependence (n-by-nodes, ld_dependence >= n): the share of asset i's value that stands at node j, >= 0, no more than 1
 * in all. distress (nodes) may be NULL. Errors: NULL, ARGUMENT, NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_failure_losses(double *losses, double *distress, mvo_context *context, size_t nodes,
                                      const double *liabilities, size_t ld, const double *equity, size_t failed,
                                      size_t n, const double *dependence, size_t ld_dependence, mvo_error *error);

/* --------------------------------------------------------------------------- forecasts and regimes */

/**
 * Fits GARCH(1,1) to one series of returns by (quasi-)maximum likelihood under normal errors:
 * x_t = mu + e_t with Var e_t = h_t, h_(t+1) = omega + alpha e_t^2 + beta h_t, where omega > 0, alpha >= 0, beta >= 0,
 * alpha + beta < 1 (at most 0.999999) and e_0^2 = h_0 is the mean of the e_t^2.
 * parameters (4): mu (0 with mean = MVO_MEAN_ZERO), omega, alpha, beta. log_likelihood, with its constant, and variances
 * (periods + 1: h_1 .. h_T, then the forecast h_(T+1)) may be NULL. periods >= 20, and some hundred to mean anything.
 * Sources: Bollerslev (1986); Fiorentini, Calzolari & Panattoni (1996). Errors: NULL, ARGUMENT (periods, mean, returns
 * that do not vary), NOT_FINITE (row), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_garch_fit(double *parameters, double *log_likelihood, double *variances, mvo_context *context,
                                 size_t periods, const double *returns, int32_t mean, mvo_error *error);

/**
 * Expected variances (horizon) of the next periods, from a fit's parameters (4) and its next_variance, the last of
 * `variances`: the first is that one, and each later one omega + (alpha + beta) times the one before. Their sum is the
 * variance over the whole horizon. alpha + beta >= 1 is allowed: variances then grow without end. Errors: NULL,
 * NOT_FINITE (also row = the period whose variance overflows), ARGUMENT (negative). Since 0.2.
 */
MVO_API mvo_status mvo_garch_forecast(double *variances, size_t horizon, const double *parameters, double next_variance,
                                      mvo_error *error);

/**
 * Dynamic conditional correlations: the covariance of the next period. First GARCH(1,1) for each asset (mvo_garch_fit,
 * `mean` likewise), then with the standardised residuals z_t, by maximum likelihood over a >= 0, b >= 0, a + b < 1 (at most
 * 0.999999),  Q_(t+1) = (1 - a - b) Qbar + a z_t z_t' + b Q_t , Q_1 = Qbar = mean of z_t z_t' (correlation targeting),
 * and Sigma = D R D with R the correlation matrix of Q_(T+1) and D the forecast volatilities.
 * parameters (2: a, b), garch (4-by-n: mu, omega, alpha, beta of each asset) and log_likelihood (of both steps) may be
 * NULL. returns: T-by-n, ld >= T, periods > n and >= 20. Time O(n^3 T) for each of some eighty evaluations.
 * Source: Engle (2002). Errors: NULL, ARGUMENT (sizes, mean; a column that does not vary), SINGULAR (column = an asset
 * that is a combination of those before it), NOT_FINITE (row = period, column = asset), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_dcc(mvo_covariance **covariance, double *parameters, double *garch,
                                          double *log_likelihood, mvo_context *context, size_t periods, size_t n,
                                          const double *returns, size_t ld, int32_t mean, mvo_error *error);

/**
 * RiskMetrics 2006: a mixture of exponential weights with a long memory. Horizons tau_k = shortest sqrt(2)^k up to
 * `longest`, in periods; horizon k weighs past returns with exp(-age / tau_k), divided by their sum, and counts with
 * 1 - ln tau_k / ln cutoff, divided by the sum of these. The mean is taken as zero. For daily returns the published
 * values are shortest = 4, longest = 512, cutoff = 1560. The covariance is that of the next period.
 * returns: T-by-n, ld >= T, no gaps. Source: Zumbach (2006), The RiskMetrics 2006 methodology. Errors: NULL, ARGUMENT
 * (sizes; unless 0.01 <= shortest <= longest <= 1e9 and max(1, longest) < cutoff), NOT_FINITE (row, column), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_riskmetrics2006(mvo_covariance **covariance, mvo_context *context, size_t periods,
                                                      size_t n, const double *returns, size_t ld, double shortest,
                                                      double longest, double cutoff, mvo_error *error);

/** Regimes found in a table of returns: a hidden Markov model with normal returns in each state. Immutable; owned. */
typedef struct mvo_regimes mvo_regimes;

/**
 * Fits a Gaussian hidden Markov model of 2 or 3 states by maximum likelihood: in state k returns are normal with mean m_k
 * and covariance Sigma_k, and the state follows a Markov chain. EM from five deterministic starts (quantiles of how
 * turbulent or how bad the periods around were), the best of which is kept; likelihoods of mixtures have many peaks, so
 * another program may find another. State 0 is the calmest. returns: T-by-n, ld >= T, periods >= states (n + 2), and
 * several times that to mean anything. Sources: Baum, Petrie, Soules & Weiss (1970); Hamilton (1989).
 * Errors: NULL, ARGUMENT (sizes, states; a column that does not vary), SINGULAR (from every start a state vanishes or its
 * covariance becomes singular), NOT_FINITE (row, column), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_regimes_new(mvo_regimes **regimes, mvo_context *context, size_t periods, size_t n,
                                   const double *returns, size_t ld, size_t states, mvo_error *error);

/** Frees regimes; covariances taken from them stay. NULL allowed. Since 0.2. */
MVO_API void mvo_regimes_free(mvo_regimes *regimes);

/** Number of states; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_regimes_count(const mvo_regimes *regimes);

/** Number of assets; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_regimes_size(const mvo_regimes *regimes);

/** Number of periods of the table; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_regimes_periods(const mvo_regimes *regimes);

/** The log-likelihood reached. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_regimes_log_likelihood(double *log_likelihood, const mvo_regimes *regimes, mvo_error *error);

/** Probabilities of moving (states-by-states): transition[i + j * states] from state i to state j. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_regimes_transition(double *transition, const mvo_regimes *regimes, mvo_error *error);

/**
 * Probabilities of the states (T-by-states, ld >= T) given the returns up to each period (filtered), and given all of
 * them (smoothed: not for backtests, they know the future). Either output may be NULL. Errors: NULL, ARGUMENT. Since 0.2.
 */
MVO_API mvo_status mvo_regimes_probabilities(double *filtered, double *smoothed, size_t ld, const mvo_regimes *regimes,
                                             mvo_error *error);

/** Means (n) and covariance (a reference of yours) of one state; either may be NULL. Errors: NULL, ARGUMENT. Since 0.2. */
MVO_API mvo_status mvo_regimes_state(double *means, mvo_covariance **covariance, const mvo_regimes *regimes,
                                     size_t state, mvo_error *error);

/**
 * The next period: probabilities p of its states, mean m = sum p_k m_k and covariance
 * sum p_k (Sigma_k + (m_k - m)(m_k - m)'), in which states that differ in mean count as risk. Each output may be NULL.
 * Errors: NULL, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_regimes_forecast(double *probabilities, double *means, mvo_covariance **covariance,
                                        const mvo_regimes *regimes, mvo_error *error);

/* ---------------------------------------------------------------------------- streaming estimators */

/**
 * An estimator fed one period at a time: means and a covariance that are up to date after every mvo_stream_update.
 * All memory is taken when it is made. One thread at a time.
 */
typedef struct mvo_stream mvo_stream;

/**
 * Exponential weights: the last period has weight 1, the one before `decay`, then decay^2 and so on, divided by their sum
 * (so that a young stream is not biased towards zero); 0 < decay < 1. A half-life of h periods is a decay of 2^(-1/h).
 * With mean = MVO_MEAN_ZERO the covariance is the weighted mean of x x', with MVO_MEAN_ESTIMATED that of
 * (x - m)(x - m)', m being the weighted mean of all periods seen. Each element stays within 1e-12 sqrt(Sigma_ii Sigma_jj)
 * of the same sums taken at once for decay <= 0.999 (within 1e-15 / (1 - decay) of it beyond), as long as means are no
 * larger than volatilities. An update takes O(n^2).
 * Source: RiskMetrics (1996); West (1979). Errors: NULL, ARGUMENT (n, decay, mean), NOT_FINITE (decay), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_stream_new_ewma(mvo_stream **stream, mvo_context *context, size_t n, double decay, int32_t mean,
                                       mvo_error *error);

/**
 * Equal weights over the last `window` periods, divided by periods - ddof; while fewer than `window` have been seen,
 * over those. With a window of less than n / 2 the periods themselves are kept, an update takes O(n) and the covariance
 * is structured (one factor per period); otherwise an update takes O(n^2) in sums that are replaced by fresh ones every
 * `window` periods. Each element stays within 1e-12 sqrt(Sigma_ii Sigma_jj) of the sample covariance of the same
 * periods (within 1e-15 window of it for a window above 1000), whatever passed through the window before: where an
 * outlier leaves and its rounding would stay behind, that one update makes the sums anew in O(n^2 window).
 * Errors: NULL, ARGUMENT (n, window <= ddof, mean, and window < 2 with an estimated mean), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_stream_new_window(mvo_stream **stream, mvo_context *context, size_t n, size_t window, size_t ddof,
                                         int32_t mean, mvo_error *error);

/** Frees a stream; covariances made from it stay. NULL allowed. Since 0.2. */
MVO_API void mvo_stream_free(mvo_stream *stream);

/** Number of assets n; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_stream_size(const mvo_stream *stream);

/** Periods taken in since the stream was made or cleared; 0 for NULL. Since 0.2. */
MVO_API int64_t mvo_stream_seen(const mvo_stream *stream);

/**
 * Takes in the returns of one period (n numbers, at most 1e100 in size). Allocates nothing.
 * Errors: NULL, NOT_FINITE (row = asset), ARGUMENT (too large; row = asset). Since 0.2.
 */
MVO_API mvo_status mvo_stream_update(mvo_stream *stream, const double *returns, mvo_error *error);

/** Forgets all periods. Allocates nothing. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_stream_clear(mvo_stream *stream, mvo_error *error);

/** Means (n) with the stream's own weights, whatever its `mean`. Errors: NULL, STATE (nothing seen). Since 0.2. */
MVO_API mvo_status mvo_stream_means(double *means, const mvo_stream *stream, mvo_error *error);

/**
 * The covariance as it is now, in a new handle. Semidefinite by construction.
 * Errors: NULL, MEMORY, STATE (fewer than ddof + 1 periods seen, or one where the mean is estimated). Since 0.2.
 */
MVO_API mvo_status mvo_stream_covariance(mvo_covariance **covariance, const mvo_stream *stream, mvo_error *error);

/**
 * The covariance as it is now, written over a handle whose only reference is yours: one that mvo_stream_covariance
 * made from this stream or one like it. Allocates nothing. A solver holds a reference to its covariance, so use two
 * handles in turn:
 *
 *     mvo_stream_update(stream, returns, &error);
 *     mvo_stream_snapshot(handle[k], stream, &error);                  // the one the solver does not hold
 *     mvo_solver_set_covariance(solver, handle[k], &error);            // gives the other one back
 *     mvo_minimum_variance(&outcome, solver, &error);                  // starts from the last portfolio
 *     k = 1 - k;
 *
 * Errors: NULL, MISMATCH (size, representation, or the handle reads a caller's memory), STATE (the handle is shared;
 * too few periods seen). Since 0.2.
 */
MVO_API mvo_status mvo_stream_snapshot(mvo_covariance *covariance, const mvo_stream *stream, mvo_error *error);

/* ----------------------------------------------------------------------------- what real data need */

/**
 * Covariance of returns with fat tails: a multivariate t distribution fitted by maximum likelihood, in which a period
 * counts the less the farther out it lies. degrees_of_freedom > 2 is given, or 0 to estimate it too (between 2.1 and 200;
 * 200 is as good as normal). The covariance is the scatter matrix times degrees / (degrees - 2). location (n), degrees (those
 * used) and log_likelihood may be NULL. returns: T-by-n, ld >= T, periods > n.
 * Sources: Kent, Tyler & Vardi (1994); Liu & Rubin (1995). Errors: NULL, ARGUMENT (sizes, degrees_of_freedom), NOT_FINITE
 * (row = period, column = asset), SINGULAR (column = an asset that does not vary or is a combination of those before it),
 * MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_student_t(mvo_covariance **covariance, double *location, double *degrees,
                                                double *log_likelihood, mvo_context *context, size_t periods, size_t n,
                                                const double *returns, size_t ld, double degrees_of_freedom,
                                                mvo_error *error);

/** What fixes the size of a shape matrix, which directions alone leave open. */
enum {
    MVO_SHAPE_TRACE = 0,   /**< its trace is n */
    MVO_SHAPE_VARIANCE = 1 /**< its trace is that of the mean of (x - centre)(x - centre)': the average variance is kept */
};

/**
 * Tyler's shape matrix, the fixed point of V = n / T sum (x_t - c)(x_t - c)' / ((x_t - c)' V^-1 (x_t - c)): it depends on the
 * directions of returns alone and is the same for all elliptical distributions, however fat their tails. centre c (n);
 * NULL is zero. Periods exactly at the centre are left out. returns: T-by-n, ld >= T, periods > n, and no subspace may
 * hold too large a share of them (of dimension d: d / n), which is what general position means here.
 * Source: Tyler (1987). Errors: NULL, ARGUMENT (sizes, normalisation; a column that equals its centre always), NOT_FINITE,
 * SINGULAR (the periods determine no shape), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_tyler(mvo_covariance **covariance, mvo_context *context, size_t periods, size_t n,
                                            const double *returns, size_t ld, const double *centre,
                                            int32_t normalisation, mvo_error *error);

/**
 * Outliers asset by asset: scores (T-by-n, ld_scores >= T; may be NULL) are (x - median) / (1.4826 MAD), the MAD being the
 * median of |x - median|; where more than half of a column is the same number, so that it is zero,
 * (x - median) / (1.2533 mean of |x - median|). *count is the number of scores above `threshold` in size; 3.5 is customary.
 * Nothing is mended. returns: T-by-n, periods >= 3. Source: Iglewicz & Hoaglin (1993). Errors: NULL, ARGUMENT (sizes,
 * threshold <= 0, a column that does not vary), NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_outliers_by_asset(double *scores, size_t ld_scores, size_t *count, mvo_context *context,
                                         size_t periods, size_t n, const double *returns, size_t ld, double threshold,
                                         mvo_error *error);

/**
 * Outliers as whole periods: Mahalanobis distances (T; may be NULL) about the medians in Tyler's shape, scaled so that the
 * median of their squares is that of a chi-square variable with n degrees of freedom. *count is the number of periods
 * beyond *limit (may be NULL), which a normal period exceeds with `probability`, 0 < probability < 1; 0.001 say. Such a
 * period may be harmless in every single asset. returns: T-by-n, periods > n. Source: Rousseeuw & van Zomeren (1990), with
 * Tyler (1987). Errors: NULL, ARGUMENT (sizes, probability, a column that does not vary), NOT_FINITE, SINGULAR (as
 * mvo_covariance_new_tyler), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_outliers_by_period(double *distances, double *limit, size_t *count, mvo_context *context,
                                          size_t periods, size_t n, const double *returns, size_t ld,
                                          double probability, mvo_error *error);

/**
 * Stale prices: runs of at least `least` (>= 2) equal prices on end. *count is how many there are; of the first
 * `capacity`, in order of assets and then of time, the asset, the first period and the length are written to assets, firsts
 * and lengths (each may be NULL). prices: T-by-n, ld >= T. Allocates nothing.
 * Errors: NULL, ARGUMENT (sizes, least), NOT_FINITE (row = period, column = asset). Since 0.2.
 */
MVO_API mvo_status mvo_stale_prices(size_t *count, size_t *assets, size_t *firsts, size_t *lengths, size_t capacity,
                                    size_t periods, size_t n, const double *prices, size_t ld, size_t least,
                                    mvo_error *error);

/**
 * Realised covariance of prices observed at times of their own, on a grid of `intervals` equal steps from begin to end: the
 * sum of products of log returns between the last prices at or before each point of the grid. It is the covariance of
 * the whole stretch from begin to end; nothing is annualised. Steps much shorter than the time between two prices pull
 * covariances towards zero (Epps 1979); mvo_hayashi_yoshida does not have that bias. Asset i has counts[i] >= 1
 * observations: times[i] strictly ascending, the first at or before begin, and prices[i] > 0.
 * Source: Andersen, Bollerslev, Diebold & Labys (2003). Errors: NULL, ARGUMENT (sizes; times that do not ascend, prices
 * that are not positive: row = asset, column = observation), NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_covariance_new_previous_tick(mvo_covariance **covariance, mvo_context *context, size_t n,
                                                    const size_t *counts, const double *const *times,
                                                    const double *const *prices, double begin, double end,
                                                    size_t intervals, mvo_error *error);

/**
 * Covariance of prices observed at times of their own without a grid (Hayashi & Yoshida 2005): sigma_ij is the sum of the
 * products of all pairs of log returns of i and j whose intervals overlap, and sigma_ii the sum of squares. sigma is
 * n-by-n, ld >= n, over the whole stretch observed. It need not be semidefinite: mend its correlations with
 * mvo_correlation_nearest before making a handle of it. Observations as in mvo_covariance_new_previous_tick, counts[i] >= 2.
 * Errors: NULL, ARGUMENT, NOT_FINITE, MEMORY, likewise. Since 0.2.
 */
MVO_API mvo_status mvo_hayashi_yoshida(double *sigma, size_t ld, mvo_context *context, size_t n, const size_t *counts,
                                       const double *const *times, const double *const *prices, mvo_error *error);

/* -------------------------------------------------------------------------------- expected returns */

/*
 * From prices, tables of returns, or views to a vector of n expected returns per period, in an array of yours. All are
 * decimals per period; what is annual is made so by mvo_annualise_* alone. Returns summed across assets are simple
 * returns; log returns add up over time only. Tables are T-by-n (T = periods), one column per asset, no gaps: assets
 * with histories of different lengths are asked about one by one.
 */

/** Kinds of returns. */
enum {
    MVO_RETURNS_SIMPLE = 0, /**< p_t / p_(t-1) - 1 */
    MVO_RETURNS_LOG = 1     /**< log(p_t / p_(t-1)) */
};

/**
 * Returns (periods-by-n, ld_returns >= periods) from prices ((periods + 1)-by-n, ld_prices >= periods + 1), oldest
 * first. `kind` is one of the above. The two tables may not overlap.
 * Errors: NULL, ARGUMENT (sizes, kind; a price that is not positive: row, column, value), NOT_FINITE (a price, or a
 * return that overflows). Since 0.2.
 */
MVO_API mvo_status mvo_returns_from_prices(double *returns, size_t ld_returns, size_t periods, size_t n,
                                           const double *prices, size_t ld_prices, int32_t kind, mvo_error *error);

/**
 * Log returns log(1 + r) of a table of simple returns, both periods-by-n; the same array may be given twice.
 * Errors: NULL, ARGUMENT (sizes; a return of -1 or less, which has no logarithm: row, column, value), NOT_FINITE.
 * Since 0.2.
 */
MVO_API mvo_status mvo_returns_to_log(double *log_returns, size_t ld_log, size_t periods, size_t n,
                                      const double *returns, size_t ld, mvo_error *error);

/** Simple returns exp(r) - 1 of a table of log returns; otherwise as mvo_returns_to_log. Since 0.2. */
MVO_API mvo_status mvo_returns_to_simple(double *returns, size_t ld, size_t periods, size_t n,
                                         const double *log_returns, size_t ld_log, mvo_error *error);

/**
 * Arithmetic mean of each column into mu (n): what a portfolio rebalanced every period earns on average.
 * Errors: NULL, ARGUMENT (n or periods 0, ld), NOT_FINITE (row = period, column = asset). Since 0.2.
 */
MVO_API mvo_status mvo_mean_arithmetic(double *mu, size_t periods, size_t n, const double *returns, size_t ld,
                                       mvo_error *error);

/**
 * Geometric mean of each column of simple returns, (prod (1 + r_t))^(1/T) - 1: the growth per period of what is bought
 * and held. A return of -1 makes it -1. For a mean-variance objective the arithmetic mean is meant.
 * Errors: as mvo_mean_arithmetic, and ARGUMENT (a return below -1). Since 0.2.
 */
MVO_API mvo_status mvo_mean_geometric(double *mu, size_t periods, size_t n, const double *returns, size_t ld,
                                      mvo_error *error);

/**
 * Exponentially weighted mean of each column: the last return has weight 1, one `half_life` periods older 1/2, and the
 * weights are divided by their sum. half_life > 0; infinity is the plain mean. (A span s is the half-life
 * log 2 / log((s + 1) / (s - 1)).) Errors: as mvo_mean_arithmetic, ARGUMENT and NOT_FINITE (NaN) of half_life.
 * Since 0.2.
 */
MVO_API mvo_status mvo_mean_exponential(double *mu, size_t periods, size_t n, const double *returns, size_t ld,
                                        double half_life, mvo_error *error);

/**
 * James-Stein shrinkage of a sample mean (n) of `periods` returns towards one number, target:
 * mu = (1 - s) mean + s target, s = min(1, (n - 2) / (T d)), d = (mean - target)'Sigma^-1 (mean - target). A target
 * that does not depend on the data keeps the proof; the grand mean is usual. *intensity (may be NULL) receives s.
 * mu may be the array `mean`. Allocates. Errors: NULL, ARGUMENT (n < 3, periods = 0), NOT_FINITE, SINGULAR (Sigma),
 * MEMORY. Sources: James & Stein (1961); Jorion (1986). Since 0.2.
 */
MVO_API mvo_status mvo_mean_james_stein(double *mu, double *intensity, const mvo_covariance *covariance,
                                        const double *mean, size_t periods, double target, mvo_error *error);

/** Values of `correction` in mvo_mean_bayes_stein. */
enum {
    MVO_STEIN_AS_GIVEN = 0, /**< Sigma is taken as it is: known, or shrunk */
    MVO_STEIN_SAMPLE = 1    /**< Sigma is the sample covariance with ddof 1; (T - 1) / (T - n - 2) times it is used */
};

/**
 * Bayes-Stein shrinkage of a sample mean (n) of `periods` returns towards the mean of the minimum-variance portfolio:
 * target = 1'Sigma^-1 mean / 1'Sigma^-1 1 and mu = (1 - s) mean + s target with s = (n + 2) / (n + 2 + T d),
 * d = (mean - target)'Sigma^-1 (mean - target). Jorion uses MVO_STEIN_SAMPLE, which needs periods > n + 2.
 * *intensity (s) and *target may be NULL; mu may be the array `mean`. Allocates.
 * Errors: NULL, ARGUMENT (periods, correction), NOT_FINITE, SINGULAR (Sigma), MEMORY. Source: Jorion (1986). Since 0.2.
 */
MVO_API mvo_status mvo_mean_bayes_stein(double *mu, double *intensity, double *target,
                                        const mvo_covariance *covariance, const double *mean, size_t periods,
                                        int32_t correction, mvo_error *error);

/**
 * Betas (n) of a table of returns to the returns of a market or index (periods of them) over the same periods:
 * cov(r_i, r_m) / var(r_m). Errors: NULL, ARGUMENT (sizes; periods < 2; a market that does not move), NOT_FINITE.
 * Since 0.2.
 */
MVO_API mvo_status mvo_capm_betas(double *betas, size_t periods, size_t n, const double *returns, size_t ld,
                                  const double *market, mvo_error *error);

/**
 * Expected returns of the capital asset pricing model: mu_i = rf + beta_i (market_return - rf). Errors: NULL, ARGUMENT
 * (n), NOT_FINITE. Source: Sharpe (1964). Since 0.2.
 */
MVO_API mvo_status mvo_capm_returns(double *mu, size_t n, const double *betas, double market_return, double rf,
                                    mvo_error *error);

/**
 * Expected returns from factor premia: mu = alpha + B premia, loadings B (n-by-k, ld_loadings >= n), premia (k), alpha
 * (n; NULL for zero). Errors: NULL, ARGUMENT (n or k 0, ld_loadings), NOT_FINITE. Source: Ross (1976). Since 0.2.
 */
MVO_API mvo_status mvo_factor_returns(double *mu, size_t n, size_t k, const double *loadings, size_t ld_loadings,
                                      const double *premia, const double *alpha, mvo_error *error);

/**
 * Risk aversion delta at which the market portfolio is what an unconstrained investor holds: excess_return / variance
 * of the market, both of the same period. Errors: NULL, ARGUMENT (excess_return or variance not positive), NOT_FINITE
 * (also where the quotient overflows). Since 0.2.
 */
MVO_API mvo_status mvo_implied_risk_aversion(double *risk_aversion, double excess_return, double variance,
                                             mvo_error *error);

/**
 * Reverse optimisation: the excess returns pi = delta Sigma w (n) for which the portfolio w maximises
 * pi'w - (delta / 2) w'Sigma w. For a portfolio under a budget they are those up to one number added to all. With the
 * market's weights this is the equilibrium, and the prior of Black and Litterman. risk_aversion (delta) >= 0.
 * excess_returns may be the array `weights`. Allocates. Errors: NULL, ARGUMENT (risk_aversion), NOT_FINITE (also row =
 * an asset whose return overflows), MEMORY. Sources: Sharpe (1974); Black & Litterman (1992). Since 0.2.
 */
MVO_API mvo_status mvo_implied_returns(double *excess_returns, const mvo_covariance *covariance,
                                       const double *weights, double risk_aversion, mvo_error *error);

/**
 * Variances of views (k) from confidences (k, each in [0, 1]; NULL for 1/2): omega_i = tau (1 - c) / c p_i'Sigma p_i,
 * where p_i is row i of `views` (k-by-n, ld_views >= k). Confidence 1 gives 0 (certainty), 1/2 the usual
 * tau p_i'Sigma p_i, 0 gives infinity (no view). With one view the posterior mean lies a part c of the way from the
 * prior to what certainty about that view makes of it. Allocates. Errors: NULL, ARGUMENT (k = 0, ld_views, tau <= 0, a confidence outside
 * [0, 1]), NOT_FINITE, MEMORY. Sources: Idzorek (2005); Walters (2014). Since 0.2.
 */
MVO_API mvo_status mvo_view_variances(double *variances, const mvo_covariance *covariance, double tau, size_t k,
                                      const double *views, size_t ld_views, const double *confidence,
                                      mvo_error *error);

/**
 * Black-Litterman: the posterior of expected returns that are N(prior, tau Sigma) before k views
 * P mu = q + N(0, Omega) on them.
 *
 *     mu = prior + tau Sigma P' A^-1 (q - P prior),    A = tau P Sigma P' + Omega
 *     posterior = Sigma + M,  M = tau Sigma - tau^2 Sigma P' A^-1 P Sigma = ((tau Sigma)^-1 + P' Omega^-1 P)^-1
 *
 * prior: n, usually mvo_implied_returns of the market; excess returns stay excess returns. tau > 0. views: P, k-by-n,
 * ld_views >= k, one view portfolio a row: a single 1 is an absolute view, 1 and -1 a relative one, anything goes.
 * view_returns: q (k), one expected return of each view portfolio. k = 0 is no view. Omega, in squared units of
 * returns:
 * - omega = NULL: diag(tau P Sigma P'), each view as uncertain as the prior is about it;
 * - ld_omega = 0: `omega` holds k variances (mvo_view_variances): 0 is a certainty, infinity a view left out;
 * - ld_omega >= k: `omega` is a k-by-k covariance, semidefinite.
 * No inverse of Sigma is taken, so that it may be singular, and so may Omega.
 *
 * Outputs: mu (n) and *posterior, the covariance of returns that goes with mu; either may be NULL. `posterior` is what
 * He and Litterman optimise with; others stay with Sigma. It remains structured where Sigma is and the factors and
 * assets that any view is about number less than half the assets: what a view teaches is then about factors and those
 * assets' own returns. The bits do not depend on any BLAS. Allocates.
 * Errors: NULL, ARGUMENT (sizes, tau, a negative variance), NOT_FINITE (row, column), NOT_SYMMETRIC and
 * NOT_SEMIDEFINITE (omega), SINGULAR (row = the first view that those before it determine, without a variance of its
 * own: it repeats or contradicts them), MEMORY.
 * Sources: Black & Litterman (1992); He & Litterman (1999); Idzorek (2005). Since 0.2.
 */
MVO_API mvo_status mvo_black_litterman(double *mu, mvo_covariance **posterior, mvo_context *context,
                                       const mvo_covariance *covariance, const double *prior, double tau, size_t k,
                                       const double *views, size_t ld_views, const double *view_returns,
                                       const double *omega, size_t ld_omega, mvo_error *error);

/**
 * Implied views: what would have to be true for a portfolio (n weights) to be optimal. `required` (n) receives its
 * mvo_implied_returns, and `deviations` (k) how far they take the return of each view portfolio from the prior's:
 * P (required - prior). Either output may be NULL; views as in mvo_black_litterman, unused where deviations is NULL,
 * as is prior. The two outputs may not overlap each other; either may be any of the inputs. Allocates. Errors: NULL,
 * ARGUMENT (k = 0, ld_views, risk_aversion < 0), NOT_FINITE (also row = an asset or view whose number overflows), MEMORY.
 * Since 0.2.
 */
MVO_API mvo_status mvo_implied_views(double *required, double *deviations, const mvo_covariance *covariance,
                                     const double *weights, double risk_aversion, const double *prior, size_t k,
                                     const double *views, size_t ld_views, mvo_error *error);

/**
 * Means per period (n) to means per year: times periods_per_year (252 trading days, 365 days, 8760 hours, 12 months).
 * `annual` may be the array `means`. Errors: NULL, ARGUMENT (n, periods_per_year not positive), NOT_FINITE. Since 0.2.
 */
MVO_API mvo_status mvo_annualise_mean(double *annual, size_t n, const double *means, double periods_per_year,
                                      mvo_error *error);

/** Volatilities per period to volatilities per year: times sqrt(periods_per_year). As mvo_annualise_mean. Since 0.2. */
MVO_API mvo_status mvo_annualise_volatility(double *annual, size_t n, const double *volatilities,
                                            double periods_per_year, mvo_error *error);

/**
 * Growth per period (geometric means) to growth per year, (1 + g)^periods_per_year - 1. As mvo_annualise_mean;
 * ARGUMENT also for a growth below -1. Since 0.2.
 */
MVO_API mvo_status mvo_annualise_growth(double *annual, size_t n, const double *growth, double periods_per_year,
                                        mvo_error *error);

/* -------------------------------------------------------------------------------------- constraints */

/** Bounds and rows over n assets: a builder. Solvers take a snapshot, so later edits do not reach them. */
typedef struct mvo_constraints mvo_constraints;

/** An empty set: every weight free, no rows. Errors: NULL, ARGUMENT (n = 0), MEMORY. Since 0.1. */
MVO_API mvo_status mvo_constraints_new(mvo_constraints **constraints, mvo_context *context, size_t n,
                                       mvo_error *error);

/** The usual start: w >= 0 and a row named "budget", sum w = 1. Errors as mvo_constraints_new. Since 0.1. */
MVO_API mvo_status mvo_constraints_new_long_only(mvo_constraints **constraints, mvo_context *context, size_t n,
                                                 mvo_error *error);

/** A copy of its own, with the same row ids and names. Errors: NULL, MEMORY. Since 0.1. */
MVO_API mvo_status mvo_constraints_copy(mvo_constraints **copy, const mvo_constraints *constraints, mvo_error *error);

/** Frees a set. NULL allowed. Since 0.1. */
MVO_API void mvo_constraints_free(mvo_constraints *constraints);

/** Number of assets n; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_constraints_size(const mvo_constraints *constraints);

/** Number of rows m; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_constraints_row_count(const mvo_constraints *constraints);

/**
 * Names an asset (copied, zero-terminated; NULL takes the name away). Messages then say "asset 'BTC'" instead of
 * "asset 3". Errors: NULL, ARGUMENT (asset), MEMORY. Since 0.1.
 */
MVO_API mvo_status mvo_constraints_set_asset_name(mvo_constraints *constraints, size_t asset, const char *name,
                                                  mvo_error *error);

/** An asset's name, or NULL if it has none. Owned by the set, valid until its next edit. Since 0.1. */
MVO_API const char *mvo_constraints_asset_name(const mvo_constraints *constraints, size_t asset);

/**
 * Bounds of one weight, lower <= upper; lower may be -infinity, upper +infinity; equal ones fix the weight.
 * Errors: NULL, ARGUMENT (asset), NOT_FINITE (NaN), LIMITS. Since 0.1.
 */
MVO_API mvo_status mvo_constraints_set_bound(mvo_constraints *constraints, size_t asset, double lower, double upper,
                                             mvo_error *error);

/** Bounds of all weights (n each); NULL leaves that side as it is. All or nothing. Errors as set_bound. Since 0.1. */
MVO_API mvo_status mvo_constraints_set_bounds(mvo_constraints *constraints, const double *lower, const double *upper,
                                              mvo_error *error);

/** Reads bounds (n each); either output may be NULL. Errors: NULL. Since 0.1. */
MVO_API mvo_status mvo_constraints_bounds(double *lower, double *upper, const mvo_constraints *constraints,
                                          mvo_error *error);

/**
 * Adds a row  lower <= coefficients'w <= upper  (n coefficients). Equal limits make an equality; either side may
 * be infinite. `name` (copied) may be NULL; names need not be unique. *id (may be NULL) receives an id that is
 * never reused within the set and its copies. A row of zeros is allowed.
 * Errors: NULL, NOT_FINITE (coefficients: column; limits: NaN), LIMITS, MEMORY. Since 0.1.
 */
MVO_API mvo_status mvo_constraints_add_row(int64_t *id, mvo_constraints *constraints, const double *coefficients,
                                           double lower, double upper, const char *name, mvo_error *error);

/**
 * The same with `count` coefficients on the assets listed (each at most once), the others being zero.
 * Errors: as add_row, and ARGUMENT (an asset out of range or listed twice). Since 0.1.
 */
MVO_API mvo_status mvo_constraints_add_sparse_row(int64_t *id, mvo_constraints *constraints, size_t count,
                                                  const size_t *assets, const double *coefficients, double lower,
                                                  double upper, const char *name, mvo_error *error);

/** Adds the net budget  lower <= sum w <= upper , named "budget". Errors as add_row. Since 0.1. */
MVO_API mvo_status mvo_constraints_add_budget(int64_t *id, mvo_constraints *constraints, double lower, double upper,
                                              mvo_error *error);

/** Adds limits on the summed weight of some assets (a sector, chain or venue). Errors as add_sparse_row. Since 0.1. */
MVO_API mvo_status mvo_constraints_add_group(int64_t *id, mvo_constraints *constraints, size_t count,
                                             const size_t *members, double lower, double upper, const char *name,
                                             mvo_error *error);

/**
 * Adds one row for each of `groups` groups at once: asset j belongs to group label[j] (n labels; a negative label
 * belongs to none). lower, upper and names have `groups` entries; names may be NULL, as may each of them.
 * *ids (may be NULL) receives `groups` ids. All or nothing.
 * Errors: NULL, ARGUMENT (label >= groups), NOT_FINITE, LIMITS, MEMORY. Since 0.1.
 */
MVO_API mvo_status mvo_constraints_add_groups(int64_t *ids, mvo_constraints *constraints, size_t groups,
                                              const int32_t *label, const double *lower, const double *upper,
                                              const char *const *names, mvo_error *error);

/**
 * Adds limits on factor exposures, lower_f <= (B'w)_f <= upper_f: loadings B (n-by-factors, ld >= n), limits
 * and names with `factors` entries. Ids, names and errors as add_groups. Since 0.1.
 */
MVO_API mvo_status mvo_constraints_add_exposures(int64_t *ids, mvo_constraints *constraints, size_t factors,
                                                 const double *loadings, size_t ld, const double *lower,
                                                 const double *upper, const char *const *names, mvo_error *error);

/** Adds limits on the expected return, lower <= mu'w <= upper (mu: n), named "return". Errors as add_row. Since 0.1. */
MVO_API mvo_status mvo_constraints_add_return(int64_t *id, mvo_constraints *constraints, const double *mu,
                                              double lower, double upper, mvo_error *error);

/** Replaces a row's coefficients (n); limits, name and id stay. Errors: NULL, NOT_FOUND, NOT_FINITE, ARGUMENT (a negative one
    in a row over absolute values). Since 0.1. */
MVO_API mvo_status mvo_constraints_replace_row(mvo_constraints *constraints, int64_t id, const double *coefficients,
                                               mvo_error *error);

/** Replaces a row's limits. Errors: NULL, NOT_FOUND, NOT_FINITE (NaN), LIMITS (also: a lower limit for a row over absolute
    values). Since 0.1. */
MVO_API mvo_status mvo_constraints_set_limits(mvo_constraints *constraints, int64_t id, double lower, double upper,
                                              mvo_error *error);

/** Removes a row; its id is not given out again. Errors: NULL, NOT_FOUND. Since 0.1. */
MVO_API mvo_status mvo_constraints_remove_row(mvo_constraints *constraints, int64_t id, mvo_error *error);

/** The id of the row at `position`, 0 <= position < row_count, in order of addition; -1 beyond. Since 0.1. */
MVO_API int64_t mvo_constraints_row_id(const mvo_constraints *constraints, size_t position);

/** A row's name, or NULL if it has none or there is no such row. Owned by the set, valid until its next edit. Since 0.1. */
MVO_API const char *mvo_constraints_row_name(const mvo_constraints *constraints, int64_t id);

/** Reads a row: coefficients (n), limits. Each output may be NULL. Errors: NULL, NOT_FOUND. Since 0.1. */
MVO_API mvo_status mvo_constraints_row(double *coefficients, double *lower, double *upper,
                                       const mvo_constraints *constraints, int64_t id, mvo_error *error);

/* ----------------------------------------------------------- costs and budgets on absolute values */

/*
 * A constraint set also says what holding and trading cost, as a convex piecewise-linear function
 *
 *     phi(w) = sum_j  buy_j (w_j - h_j)^+ + sell_j (h_j - w_j)^+      trading, around the holdings h
 *                   + borrow_j (-w_j)^+                               a fee on short positions
 *                   + ladder_j(w_j)                                   any breakpoints and rising slopes
 *
 * which every question adds to its objective, each function says how. The solver treats a breakpoint as it treats a
 * bound, so a cost is met exactly and needs no extra variables. Rates are in return units per unit of weight and one-off:
 * divide a cost that is paid once by the periods a position is meant to be held where mu is per period.
 * At an optimum  Sigma w + c + s = A'y + z  with s a subgradient of the cost (mvo_solver_costs gives it).
 */

/** Today's weights h (n), zero until set; with prices moved, the drifted ones. Errors: NULL, NOT_FINITE. Since 0.2. */
MVO_API mvo_status mvo_constraints_set_holdings(mvo_constraints *constraints, const double *holdings,
                                                mvo_error *error);

/** Reads the holdings (n). Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_constraints_holdings(double *holdings, const mvo_constraints *constraints, mvo_error *error);

/**
 * Costs of buying and of selling one unit of each asset (n each; NULL for zero). One of them may be negative (a rebate),
 * their sum may not. Errors: NULL, NOT_FINITE, ARGUMENT (row = asset: the sum is negative), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_set_trading_costs(mvo_constraints *constraints, const double *buy,
                                                     const double *sell, mvo_error *error);

/** Costs of one unit held short, per period (n, none negative; NULL for zero). Errors as set_trading_costs. Since 0.2. */
MVO_API mvo_status mvo_constraints_set_borrow_costs(mvo_constraints *constraints, const double *borrow,
                                                    mvo_error *error);

/**
 * A ladder of costs of one asset, beside its other costs: `count` breakpoints, ascending, and count + 1 slopes, not
 * descending - slopes[0] left of the first breakpoint, slopes[count] right of the last. The cost is zero at `origin`.
 * slopes = NULL removes it. Errors: NULL, ARGUMENT (asset, order), NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_set_cost(mvo_constraints *constraints, size_t asset, size_t count,
                                            const double *breakpoints, const double *slopes, double origin,
                                            mvo_error *error);

/** Reads the rates of buying, selling and borrowing (n each; outputs may be NULL). Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_constraints_cost_rates(double *buy, double *sell, double *borrow,
                                              const mvo_constraints *constraints, mvo_error *error);

/**
 * Reads an asset's ladder: its number of breakpoints, these (count), slopes (count + 1), origin; outputs may be NULL. An
 * asset without one has count 0 and one slope of 0. Errors: NULL, ARGUMENT (asset). Since 0.2.
 */
MVO_API mvo_status mvo_constraints_cost(size_t *count, double *breakpoints, double *slopes, double *origin,
                                        const mvo_constraints *constraints, size_t asset, mvo_error *error);

/** phi(w), in all and by asset (n); outputs may be NULL. Errors: NULL, NOT_FINITE (weights). Since 0.2. */
MVO_API mvo_status mvo_constraints_costs(double *total, double *by_asset, const mvo_constraints *constraints,
                                         const double *weights, mvo_error *error);

/** What a row's absolute values are taken around. */
enum {
    MVO_AROUND_NOTHING = 0, /**< a linear row: there are none */
    MVO_AROUND_ZERO = 1,    /**< r_j = 0: long and short positions */
    MVO_AROUND_HOLDINGS = 2 /**< r_j = h_j: purchases and sales */
};

/**
 * Adds a row over absolute values,  sum_j c_j (above (w_j - r_j)^+ + below (r_j - w_j)^+) <= limit , with c the n
 * coefficients (none negative; NULL for ones) and above, below >= 0. It is a row like any other, with an id and a
 * multiplier (not positive), but has no lower limit. Errors: as add_row, and ARGUMENT (around, a negative coefficient,
 * rate or limit). Since 0.2.
 */
MVO_API mvo_status mvo_constraints_add_absolute(int64_t *id, mvo_constraints *constraints, int32_t around,
                                                const double *coefficients, double above, double below, double limit,
                                                const char *name, mvo_error *error);

/**
 * The same with rates asset by asset,  sum_j above_j (w_j - r_j)^+ + below_j (r_j - w_j)^+ <= limit  (n each). One of an
 * asset's two rates may be negative, their sum may not: the row is convex exactly then. The limit may be any number but
 * NaN and -infinity. Errors: as add_row, and ARGUMENT (around; row = asset: the sum is negative). Since 0.2.
 */
MVO_API mvo_status mvo_constraints_add_absolute_rates(int64_t *id, mvo_constraints *constraints, int32_t around,
                                                      const double *above, const double *below, double limit,
                                                      const char *name, mvo_error *error);

/** Limits the turnover  sum |w_j - h_j| <= limit  (two-way: half of it is the one-way figure). Named "turnover". Errors as
    add_absolute. Since 0.2. */
MVO_API mvo_status mvo_constraints_add_turnover(int64_t *id, mvo_constraints *constraints, double limit,
                                                mvo_error *error);

/** Limits the gross exposure  sum |w_j| <= limit . Named "gross". Errors as add_absolute. Since 0.2. */
MVO_API mvo_status mvo_constraints_add_gross(int64_t *id, mvo_constraints *constraints, double limit,
                                             mvo_error *error);

/** Limits the long side  sum (w_j)^+ <= limit . Named "long". Errors as add_absolute. Since 0.2. */
MVO_API mvo_status mvo_constraints_add_long(int64_t *id, mvo_constraints *constraints, double limit, mvo_error *error);

/** Limits the short side  sum (-w_j)^+ <= limit . Named "short". Errors as add_absolute. Since 0.2. */
MVO_API mvo_status mvo_constraints_add_short(int64_t *id, mvo_constraints *constraints, double limit,
                                             mvo_error *error);

/** What kind a row is: around (above), the two rates (NaN where they differ from asset to asset); outputs may be NULL.
    Errors: NULL, NOT_FOUND. Since 0.2. */
MVO_API mvo_status mvo_constraints_absolute_row(int32_t *around, double *above, double *below,
                                                const mvo_constraints *constraints, int64_t id, mvo_error *error);

/** The rates of a row asset by asset (n each; outputs may be NULL), times its coefficients; of a linear row the coefficients
    and their negatives. Errors: NULL, NOT_FOUND. Since 0.2. */
MVO_API mvo_status mvo_constraints_absolute_rates(double *above, double *below, const mvo_constraints *constraints,
                                                  int64_t id, mvo_error *error);

/* ---------------------------------------------------------------------------- constraint sets as text */

/*
 * A constraint set as a text that people can read, keep and compare, and that comes back to the last bit:
 *
 *     constraints 1
 *     # limits of the desk
 *     asset "BTC": 0 <= weight <= 30%, holding 0.25, buy 10bp, sell 10bp
 *     asset "ETH": 0 <= weight <= 30%, ladder(0 to 0.2, 5bp beyond)
 *     asset "USDT": weight >= 0
 *     row "budget": sum(all) = 1
 *     row "coins": 0.1 <= sum("BTC", "ETH") <= 0.5
 *     row "beta": 1.2 "BTC" + 1.5 "ETH" <= 0.6
 *     row "turnover": turnover <= 20%
 *     end
 *
 * Grammar (EBNF; blanks and line ends separate, `#` begins a comment that ends with its line and is not kept):
 *
 *     set       = "constraints" "1" asset { asset } { row } [ "next" "row" integer ] "end" ;
 *     asset     = "asset" [ "@" integer ] [ name ] ":" clause { "," clause } ;
 *     clause    = limits of "weight" | "holding" number | "buy" number | "sell" number | "borrow" number | ladder ;
 *     ladder    = "ladder" "(" { number "to" number "," } number "beyond" [ "," "zero" "at" number ] ")" ;
 *     row       = "row" [ integer ] [ name ] ":" limits of ( linear | absolute ) ;
 *     limits of X = number "<=" X [ "<=" number ] | X ( "<=" | ">=" | "=" ) number | X "free" ;
 *     linear    = "sum" "(" [ "all" | which { "," which } ] ")" | term { ( "+" | "-" ) term } ;
 *     term      = [ "+" | "-" ] [ decimal ] which ;                                a missing number is 1
 *     which     = name | "@" integer ;                                             an asset
 *     absolute  = ( "turnover" | "gross" | "long" | "short" ) [ "(" linear ")" ]    without it: of all assets
 *               | "absolute" "(" linear "," "around" ( "zero" | "holdings" ) "," ( sides | rates ) ")" ;
 *     sides     = "above" number "," "below" number ;                              the same for all assets
 *     rates     = "rates" [ rate { "," rate } ] ;                                  asset by asset, the others zero
 *     rate      = which "above" number "below" number ;
 *     number    = [ "+" | "-" ] ( decimal | "infinity" | "inf" ) ;                 infinite as a limit only
 *     decimal   = digits [ "." digits ] [ "e" [ "+" | "-" ] digits ] [ "%" | "bp" ] ;  per cent, basis points
 *     name      = '"' { any character but a control character, " and \ | "\"" | "\\" | "\n" | "\r" | "\t" | "\x" hex hex } '"' ;
 *
 * Assets are counted from 0 in the order of their lines; a row calls one by its name where that name is no other's too,
 * else by its index. What a line does not say is: a free weight, no holding, no cost. Rows have the ids they are given,
 * ascending, or else the next one; `next row` is the id that the next row added will have. "slope to breakpoint" in a
 * ladder is the slope left of that breakpoint. Numbers are read as the nearest double and written as the shortest correctly
 * rounded decimal that is read back as the same bits, with a point whatever the locale.
 */

/**
 * Makes the set that a text of `length` bytes says (it need not end with a zero). Where it does not fit the grammar, or
 * says what the functions above would refuse, `error` says what was expected and found, with row = line and column =
 * column (in characters), both counted from 1. A row takes 8 n bytes however short its line.
 * Errors: NULL, ARGUMENT (the grammar, an order, a number that may not be negative), NOT_FOUND (an asset a row names),
 * NOT_FINITE (a number too large), LIMITS, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_parse(mvo_constraints **constraints, mvo_context *context, const char *text,
                                         size_t length, mvo_error *error);

/**
 * Writes a set as text: *needed (may be NULL if `text` is not) receives its size in bytes with the zero at its end, and
 * `text`, of `size` bytes, the text. Call it with text = NULL and size = 0 to learn the size first. Parsing the text gives a
 * set that prints as the same text and holds the same bits. Allocates a list of the assets.
 * Errors: NULL, ARGUMENT (size: too small, limit = what is needed; nothing is written), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_print(char *text, size_t size, size_t *needed, const mvo_constraints *constraints,
                                         mvo_error *error);

/**
 * Writes what differs between two sets, one line each, by the same two calls: "+ " and "- " before an asset or row that
 * only `after` or only `before` has, "~ " for what changed ("~ row 2 "coins": <= 0.5 -> <= 0.4"). Assets and rows belong
 * together by name where it is unique in both sets, those left over by position and by id. An asset that one set lacks
 * has coefficient 0 there. The text is empty if, and only if, both sets have the same assets and rows to the last bit.
 * Errors: as mvo_constraints_print. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_diff(char *text, size_t size, size_t *needed, const mvo_constraints *before,
                                        const mvo_constraints *after, mvo_error *error);

/* ------------------------------------------------------------------------------------------- solver */

/** One problem being solved. One thread at a time; owns its workspace; remembers its last answer. */
typedef struct mvo_solver mvo_solver;

/**
 * Makes a solver for min 1/2 w'Sigma w + c'w over a snapshot of `constraints`, with c = 0. Takes a reference to
 * `covariance`. Memory is taken here: O(r^2 + mn) with r = min(n, rank bound) + 2m over a dense covariance, O((n + m)(k + m))
 * over k factors, and two squares for the path method, of order r but at first no more than 2048 (1024 over factors). Only a
 * path with more free weights and active rows than that takes more, when it first needs it, and keeps it; a solve that is
 * refused it is stopped with MVO_NO_MEMORY. Block pivoting, and whatever else a solve tries before the path method, takes none.
 * Errors: NULL, MISMATCH (sizes), MEMORY. Since 0.1.
 */
MVO_API mvo_status mvo_solver_new(mvo_solver **solver, mvo_context *context, mvo_covariance *covariance,
                                  const mvo_constraints *constraints, mvo_error *error);

/** Frees a solver and gives its covariance back. NULL allowed. Since 0.1. */
MVO_API void mvo_solver_free(mvo_solver *solver);

/** Number of assets n; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_solver_size(const mvo_solver *solver);

/** Number of rows m of the snapshot; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_solver_row_count(const mvo_solver *solver);

/** Sets the linear term c (n, copied; NULL for zero). Allocates nothing. Errors: NULL, NOT_FINITE. Since 0.1. */
MVO_API mvo_status mvo_solver_set_linear(mvo_solver *solver, const double *linear, mvo_error *error);

/**
 * Moves the limits of a row of the snapshot. lower > upper is accepted: the solve then answers MVO_INFEASIBLE and
 * names it. Allocates nothing. Errors: NULL, NOT_FOUND, NOT_FINITE (NaN), LIMITS (lower = +inf, upper = -inf). Since 0.1.
 */
MVO_API mvo_status mvo_solver_set_row_limits(mvo_solver *solver, int64_t id, double lower, double upper,
                                             mvo_error *error);

/** Moves the bounds of one weight; otherwise as mvo_solver_set_row_limits. Since 0.1. */
MVO_API mvo_status mvo_solver_set_bound(mvo_solver *solver, size_t asset, double lower, double upper,
                                        mvo_error *error);

/** Moves the bounds of all weights (n each; NULL leaves a side); all or nothing; otherwise as set_bound. Since 0.1. */
MVO_API mvo_status mvo_solver_set_bounds(mvo_solver *solver, const double *lower, const double *upper,
                                         mvo_error *error);

/**
 * Exchanges the covariance for another of the same size and representation (dense for dense, k factors for at most
 * as many); the working set is kept, so the next solve starts warm. Allocates nothing.
 * Errors: NULL, MISMATCH (size, or more memory would be needed). Since 0.1.
 */
MVO_API mvo_status mvo_solver_set_covariance(mvo_solver *solver, mvo_covariance *covariance, mvo_error *error);

/**
 * Moves the holdings (n) that costs and turnover are counted from. Allocates nothing. Errors: NULL, NOT_FINITE, STATE (the
 * snapshot had neither costs nor rows over absolute values, so the solver has no room for them). Since 0.2.
 */
MVO_API mvo_status mvo_solver_set_holdings(mvo_solver *solver, const double *holdings, mvo_error *error);

/** Sets the costs of trading; as mvo_constraints_set_trading_costs, on the solver. Errors also: STATE (as above). Since 0.2. */
MVO_API mvo_status mvo_solver_set_trading_costs(mvo_solver *solver, const double *buy, const double *sell,
                                                mvo_error *error);

/** Sets the costs of short positions; as mvo_constraints_set_borrow_costs, on the solver. Errors also: STATE. Since 0.2. */
MVO_API mvo_status mvo_solver_set_borrow_costs(mvo_solver *solver, const double *borrow, mvo_error *error);

/** Options of a solver. Real ones are set with mvo_solver_set_real, integer ones with mvo_solver_set_integer. */
enum {
    MVO_OPTION_ITERATION_LIMIT = 1, /**< integer: most rounds and working-set changes of one solve; 0 (default) for automatic */
    MVO_OPTION_TIME_LIMIT = 2,      /**< real: seconds of wall time for one solve; infinity by default */
    MVO_OPTION_METHOD = 3,          /**< integer: MVO_METHOD_AUTO (default) or another of the methods below */
    MVO_OPTION_TOLERANCE = 4        /**< real: largest relative residual of an accepted certificate, 1e-9 by default */
};

/** Values of MVO_OPTION_METHOD. All lead to the same optimum; the choice is for tests and measurements. */
enum {
    MVO_METHOD_AUTO = 0, /**< pivoting that suits the size and the last answer; path following where that does not finish */
    MVO_METHOD_PATH = 1  /**< path following alone */
};

/** Sets a real option. Errors: NULL, ARGUMENT (unknown or integer option), NOT_FINITE (NaN), OUT_OF_RANGE. Since 0.1. */
MVO_API mvo_status mvo_solver_set_real(mvo_solver *solver, int32_t option, double value, mvo_error *error);

/** Sets an integer option. Errors: NULL, ARGUMENT (unknown or real option), OUT_OF_RANGE. Since 0.1. */
MVO_API mvo_status mvo_solver_set_integer(mvo_solver *solver, int32_t option, int64_t value, mvo_error *error);

/** Reads a real option. Errors: NULL, ARGUMENT. Since 0.1. */
MVO_API mvo_status mvo_solver_real(double *value, const mvo_solver *solver, int32_t option, mvo_error *error);

/** Reads an integer option. Errors: NULL, ARGUMENT. Since 0.1. */
MVO_API mvo_status mvo_solver_integer(int64_t *value, const mvo_solver *solver, int32_t option, mvo_error *error);

/** Range and default of a real option; outputs may be NULL. Errors: ARGUMENT. Since 0.1. */
MVO_API mvo_status mvo_option_real_range(double *least, double *most, double *standard, int32_t option);

/** Range and default of an integer option; outputs may be NULL. Errors: ARGUMENT. Since 0.1. */
MVO_API mvo_status mvo_option_integer_range(int64_t *least, int64_t *most, int64_t *standard, int32_t option);

/** Called during a solve with the rounds and working-set changes so far; a nonzero answer cancels. */
typedef int32_t (*mvo_progress_fn)(void *user, int64_t iterations);

/** Sets the progress callback (NULL for none); `user` is handed to it. Errors: NULL. Since 0.1. */
MVO_API mvo_status mvo_solver_set_progress(mvo_solver *solver, mvo_progress_fn progress, void *user, mvo_error *error);

/**
 * Asks a solve running in another thread to stop: it answers MVO_CANCELLED soon. A solve that is not running is
 * not affected: the request is dropped when the next one begins. NULL allowed. Thread-safe. Since 0.1.
 */
MVO_API void mvo_solver_cancel(mvo_solver *solver);

/** Forgets the last answer, so that the next solve starts cold. Limits, c and options stay. Errors: NULL. Since 0.1. */
MVO_API mvo_status mvo_solver_clear(mvo_solver *solver, mvo_error *error);

/**
 * Minimises 1/2 w'Sigma w + c'w + phi(w), phi the costs of the set. Objective of its multipliers: the same. Allocates nothing.
 * Sources: Markowitz (1956); Best (1996); Hintermueller, Ito & Kunisch (2003). Errors: NULL. Since 0.1.
 */
MVO_API mvo_status mvo_solver_solve(mvo_outcome *outcome, mvo_solver *solver, mvo_error *error);

/**
 * Weights (n): optimal; after a solve that was stopped (MVO_ITERATION_LIMIT, MVO_TIME_LIMIT, MVO_CANCELLED, MVO_NO_MEMORY) the best
 * feasible portfolio that is known or could be made - the report says whether there is one (`feasible`) and how far it
 * can be from the best (`gap`, infinite where no bound is known); after another outcome the last point the method stood
 * at, which need not obey the limits.
 * Errors: NULL, STATE (no solve yet). Since 0.1.
 */
MVO_API mvo_status mvo_solver_weights(double *weights, const mvo_solver *solver);

/**
 * Multipliers: y of the rows (m, in order of the snapshot) and z of the bounds (n); signs as in section 5. Either
 * output may be NULL. Errors: NULL, STATE (no optimum to report). Since 0.1.
 */
MVO_API mvo_status mvo_solver_multipliers(double *rows, double *bounds, const mvo_solver *solver);

/**
 * After an optimum: the cost phi(w), unscaled, and its subgradient s (n) at w, in the units of that call's own objective,
 * for which  Sigma w + c + s = A'y + z  holds with rows over absolute values entering A by a subgradient of theirs. At a
 * breakpoint any s between the slopes beside it may be right; this is the one chosen. Outputs may be NULL; without costs
 * both are zero. Errors: NULL, STATE. Since 0.2.
 */
MVO_API mvo_status mvo_solver_costs(double *cost, double *subgradient, const mvo_solver *solver);

/** Multiplier of one row by its id. Errors: NULL, NOT_FOUND, STATE. Since 0.1. */
MVO_API mvo_status mvo_solver_row_multiplier(double *multiplier, const mvo_solver *solver, int64_t id);

/** Where a weight or a row stands in the working set. */
enum {
    MVO_AT_LOWER = -1, /**< held at its lower limit */
    MVO_BETWEEN = 0,   /**< free: between its limits, as far as the method is concerned */
    MVO_AT_UPPER = 1,  /**< held at its upper limit */
    MVO_FIXED = 2,     /**< both limits are equal */
    MVO_AT_BREAKPOINT = 3 /**< resting on a breakpoint of its cost (or of an absolute row) */
};

/** The working set: one of the above for each weight (n) and row (m); either output may be NULL. Errors: NULL, STATE. Since 0.1. */
MVO_API mvo_status mvo_solver_working_set(int32_t *assets, int32_t *rows, const mvo_solver *solver);

/**
 * What the last solve did and how good its answer is. Residuals are computed from your data, unscaled, with sums
 * in extended precision. Each has a scale beside it: residual / scale is what MVO_OPTION_TOLERANCE is held against.
 * Later versions append members; struct_size tells the library how many you have.
 */
typedef struct mvo_report {
    int64_t struct_size;      /**< sizeof(mvo_report) */
    int64_t outcome;          /**< of the last solve */
    int64_t rounds;           /**< rounds of block pivoting, which change many elements of the working set at once */
    int64_t pivots;           /**< working-set changes of the other methods, one by one */
    int64_t refactorisations; /**< times a factorisation was made anew */
    int64_t free_weights;     /**< weights strictly between their limits */
    int64_t active_rows;      /**< rows held at a limit */
    int64_t not_unique;       /**< 1: other optimal weights were met on the way; 0: not known */
    double objective;         /**< that call's own objective, as a minimisation */
    double dual_objective;    /**< value of the dual at (w, y, z): a lower bound where the residuals vanish */
    double primal_residual;   /**< largest violation of a limit */
    double primal_scale;      /**< residual / scale is the largest violation relative to the numbers in its limit */
    double stationarity;      /**< largest |Sigma w + c + s - A'y - z|, s the subgradient of the costs */
    double stationarity_scale; /**< largest of |Sigma w|, |c|, |A'y| and |Sigma_jj w_j| */
    double complementarity;   /**< largest multiplier of a wrong sign, in units of stationarity */
    double gap;               /**< |objective - dual objective|; after a stop a bound of it, infinite if none is known */
    double gap_scale;         /**< size of the terms of the objective */
    double variance;          /**< w'Sigma w */
    double expected_return;   /**< mu'w where the question had a mu, otherwise 0; costs are not taken off */
    double cost;              /**< phi(w): what holding and trading the weights costs. Since 0.2 */
    int64_t feasible;         /**< 1: the weights obey all limits, and the question's target; 0: not known to. Since 0.2 */
} mvo_report;

/** Initialiser: mvo_report report = MVO_REPORT_INIT; */
#define MVO_REPORT_INIT \
    { (int64_t)sizeof(mvo_report), 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0 }

/** The report of the last solve. Errors: NULL, ARGUMENT (struct_size), STATE (no solve yet). Since 0.1. */
MVO_API mvo_status mvo_solver_report(mvo_report *report, const mvo_solver *solver);

/**
 * After MVO_INFEASIBLE: the proof (Farkas). Multipliers y of the rows (m) and z of the bounds (n), signed as in
 * section 5, with A'y + z = 0 to rounding while  sum of (lower or upper limit times multiplier) > 0 : adding up the
 * limits with these weights gives 0 >= something positive. With rows over absolute values (multipliers y_i <= 0, their
 * limits upper ones) the proof is that the rows' limits times multipliers plus, weight by weight, the least of
 * -(A'y)_j w + sum |y_i| c_ij (above (w - r)^+ + below (r - w)^+)  over its bounds add up to more than 0, A being the linear
 * rows; z is then told for orientation. The largest of |y|, |z|, and of the target's part where
 * there is one, is between 1 and 2. Where one pair of limits is crossed (lower > upper) no such sum is needed: the
 * vector is then 1 for that row or bound and 0 elsewhere, and means that its two limits contradict each other. Rows over
 * absolute values are not linear: with them the proof is  sum of y times limits + sum over j of the least value, within
 * the bounds of w_j, of what the rows times -y make of w_j > 0 , and z says which bounds take part. Either
 * output may be NULL. Errors: NULL, STATE (or where only a target volatility, or a target return net of costs, is out of
 * reach). Since 0.1.
 */
MVO_API mvo_status mvo_solver_farkas(double *rows, double *bounds, const mvo_solver *solver);

/**
 * After MVO_UNBOUNDED: a direction d (n), largest |d_j| from 1 to 2, with Sigma d = 0 (unless the question was
 * one without risk), c'd < 0 and all limits kept along it.
 * Errors: NULL, STATE. Since 0.1.
 */
MVO_API mvo_status mvo_solver_ray(double *direction, const mvo_solver *solver);

/** Limits that contradict each other. Owned by the caller. */
typedef struct mvo_conflict mvo_conflict;

/**
 * After MVO_INFEASIBLE: an irreducible conflict, that is a set of limits with no solution in which every one is
 * needed - without any one of them the others can be met. Limits count as they stand on the solver now, rows over
 * absolute values around its holdings; costs play no part. (Where the
 * contradiction is no larger than rounding, the limits of the solver's proof are given as they are.) Allocates,
 * solves up to one problem per candidate, and leaves the solver as it was.
 * Source: deletion filter, Chinneck & Dravnieks (1991). Errors: NULL, MEMORY, STATE (the last outcome is not
 * MVO_INFEASIBLE; or no limits contradict each other: they were moved, or only a target volatility or a return
 * net of costs is out of reach).
 * Since 0.1.
 */
MVO_API mvo_status mvo_solver_conflict(mvo_conflict **conflict, mvo_solver *solver, mvo_error *error);

/** What a member of a conflict is. */
enum {
    MVO_CONFLICT_ROW = 0,  /**< a limit of a row; `id` is the row's id, -1 for a question's target return */
    MVO_CONFLICT_BOUND = 1 /**< a limit of a weight; `id` is the asset's index */
};

/** Number of limits in the conflict; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_conflict_count(const mvo_conflict *conflict);

/**
 * Member k: kind (above), id, side (MVO_AT_LOWER or MVO_AT_UPPER) and the limit's value. Each output may be NULL.
 * Errors: NULL, ARGUMENT (k). Since 0.1.
 */
MVO_API mvo_status mvo_conflict_item(int32_t *kind, int64_t *id, int32_t *side, double *limit,
                                     const mvo_conflict *conflict, size_t k);

/**
 * The conflict as text, one member a line ("row 'tech' >= 0.3"), by name where there is one; no newline at the end.
 * Owned by the conflict; "" for NULL. Since 0.1.
 */
MVO_API const char *mvo_conflict_text(const mvo_conflict *conflict);

/** Frees a conflict. NULL allowed. Since 0.1. */
MVO_API void mvo_conflict_free(mvo_conflict *conflict);

/* --------------------------------------------------------------------------------- parametric path */

/**
 * The optimum on the way from one problem to another: linear term, bounds, limits of rows and rates of costs move linearly
 * from what the solver has (tau = 0) to what is given (tau = 1). Between events weights and multipliers are linear in tau,
 * so the pieces are the whole path. Immutable, reference-counted, shared between threads.
 */
typedef struct mvo_path mvo_path;

/**
 * Solves at the solver's data and follows the optimum to the data given: linear (n), bounds lower and upper (n), row_lower
 * and row_upper (m, in order of the snapshot), buy, sell and borrow (n; only where the snapshot had costs). NULL: does not
 * move. On MVO_OPTIMAL the whole path is made, and the solver has the new data and their optimum as its last answer. On
 * MVO_INFEASIBLE or MVO_UNBOUNDED somewhere on the way (or MVO_NUMERICAL, or where it is stopped) *path reaches as far as
 * the optimum is known . If that is not even
 * the beginning *path is NULL, and the solver has that outcome as its last answer; otherwise it keeps its data and the
 * answer of before the call. Allocates.
 * Sources: Best (1996); Ferreau, Bock & Diehl (2008).
 * Errors: NULL, NOT_FINITE, LIMITS (a limit that is infinite at one end alone; a bound that passes a breakpoint of its
 * asset's cost), ARGUMENT (rates as for mvo_constraints_set_trading_costs), STATE (costs without room for them), MEMORY.
 * Since 0.2.
 */
MVO_API mvo_status mvo_path_new(mvo_path **path, mvo_outcome *outcome, mvo_solver *solver, const double *linear,
                                const double *lower, const double *upper, const double *row_lower,
                                const double *row_upper, const double *buy, const double *sell, const double *borrow,
                                mvo_error *error);

/** Takes another reference; returns `path`. NULL allowed. Thread-safe. Since 0.2. */
MVO_API mvo_path *mvo_path_ref(mvo_path *path);

/** Gives a reference back; the last one frees it. NULL allowed. Thread-safe. Since 0.2. */
MVO_API void mvo_path_unref(mvo_path *path);

/** Number of pieces, at least 1; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_path_piece_count(const mvo_path *path);

/** Where piece k begins and ends; outputs may be NULL. The last one ends at 1 if the path is whole. Errors: NULL, ARGUMENT (k).
    Since 0.2. */
MVO_API mvo_status mvo_path_piece(double *from, double *to, const mvo_path *path, size_t k);

/** What changes at an event. */
enum {
    MVO_PATH_ASSET = 0, /**< a weight; `id` is the asset's index */
    MVO_PATH_ROW = 1    /**< a row; `id` is its id */
};

/** Number of changes of the working set along the path; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_path_change_count(const mvo_path *path);

/**
 * Change k, in order: where, what (kind and id above), and its status from there on (MVO_AT_LOWER ... MVO_AT_BREAKPOINT).
 * Outputs may be NULL. Errors: NULL, ARGUMENT (k). Since 0.2.
 */
MVO_API mvo_status mvo_path_change(double *tau, int32_t *kind, int64_t *id, int32_t *status, const mvo_path *path,
                                   size_t k);

/**
 * Weights (n) and multipliers of rows (m) and bounds (n) at tau, 0 <= tau <= the end of the last piece; outputs may be NULL.
 * At an event the piece that ends there counts. Errors: NULL, NOT_FINITE, OUT_OF_RANGE. Since 0.2.
 */
MVO_API mvo_status mvo_path_at(double *weights, double *rows, double *bounds, const mvo_path *path, double tau,
                               mvo_error *error);

/* ----------------------------------------------------------------------------- portfolio questions */

/*
 * Each question is one call on a solver. It sets the linear term c it needs (mvo_solver_set_linear is then
 * overwritten), solves, and leaves weights, multipliers, working set and report on the solver. mu is n expected
 * returns per period. Stated objectives are the ones the multipliers are derivatives of. All allocate nothing and
 * return MVO_ERROR_NULL or MVO_ERROR_NOT_FINITE on bad arguments beside what each one names.
 *
 * Costs phi(w) of the constraint set enter each of them: they are added to the objective where that is a variance or a
 * tracking error, taken off the return where the question is about return (R = mu'w - phi(w) below), and so scale with
 * lambda on a frontier.
 */

/** Minimum variance: minimises 1/2 w'Sigma w + phi(w). Since 0.1. */
MVO_API mvo_status mvo_minimum_variance(mvo_outcome *outcome, mvo_solver *solver, mvo_error *error);

/**
 * Mean-variance utility: minimises (risk_aversion / 2) w'Sigma w - R, risk_aversion >= 0 (0: the largest
 * return, and of those the solver's choice). Errors: ARGUMENT (risk_aversion). Source: Markowitz (1952). Since 0.1.
 */
MVO_API mvo_status mvo_maximum_utility(mvo_outcome *outcome, mvo_solver *solver, const double *mu,
                                       double risk_aversion, mvo_error *error);

/**
 * Minimum variance at a target return: minimises 1/2 w'Sigma w subject to R >= target, net of costs. (For mu'w = target add
 * an equality with mvo_constraints_add_return.) mvo_target_multiplier gives the target's own multiplier.
 * MVO_INFEASIBLE where no feasible portfolio returns that much; mvo_target_multiplier is then the target's part t of
 * the proof, A'y + z + t mu = 0; with costs there is no such proof, for R is not linear, and where return grows without
 * risk the answer is MVO_NUMERICAL. Since 0.1.
 */
MVO_API mvo_status mvo_minimum_variance_at_return(mvo_outcome *outcome, mvo_solver *solver, const double *mu,
                                                  double target, mvo_error *error);

/**
 * Maximum return at a target volatility: minimises -R subject to sqrt(w'Sigma w) <= target, target >= 0, per
 * period. MVO_INFEASIBLE where even the minimum-variance portfolio is riskier. mvo_target_multiplier gives the
 * derivative of -R with respect to the target; at the minimum of volatility itself it is -infinity, and the other
 * multipliers are those of 1/2 w'Sigma w. Errors: ARGUMENT (target < 0). Since 0.1.
 */
MVO_API mvo_status mvo_maximum_return_at_volatility(mvo_outcome *outcome, mvo_solver *solver, const double *mu,
                                                    double target, mvo_error *error);

/**
 * Maximum Sharpe ratio over the constraint set itself: minimises -(R - rf) / sqrt(w'Sigma w), with no rescaling
 * of bounds, or minus the ratio of (mu - rf)'w where `excess` says that what is not invested earns rf.
 * MVO_NO_EXCESS_RETURN when no feasible portfolio beats rf; MVO_NOT_ATTAINED when the
 * supremum is not reached (an unbounded set) or a riskless portfolio beats rf.
 * excess = MVO_EXCESS_OF_PORTFOLIO: mu'w - rf, the textbook ratio of a fully invested portfolio;
 * excess = MVO_EXCESS_OF_INVESTED: (mu - rf)'w, what is not invested earns rf.
 * Errors: ARGUMENT (excess). Source: Sharpe (1966, 1994). Since 0.1.
 */
MVO_API mvo_status mvo_maximum_sharpe(mvo_outcome *outcome, mvo_solver *solver, const double *mu, double rf,
                                      int32_t excess, mvo_error *error);

/** Values of `excess` in mvo_maximum_sharpe. */
enum {
    MVO_EXCESS_OF_PORTFOLIO = 0, /**< mu'w - rf */
    MVO_EXCESS_OF_INVESTED = 1   /**< (mu - rf)'w */
};

/**
 * Minimum tracking error against a benchmark portfolio b (n weights): minimises 1/2 (w - b)'Sigma (w - b) + phi(w). The
 * report's variance is that of w; sqrt(2 objective) is the tracking error per period. Since 0.1.
 */
MVO_API mvo_status mvo_minimum_tracking_error(mvo_outcome *outcome, mvo_solver *solver, const double *benchmark,
                                              mvo_error *error);

/**
 * The multiplier of the last question's target (return or volatility); after an unreachable return its part of the
 * proof. Errors: NULL, STATE (it had none). Since 0.1.
 */
MVO_API mvo_status mvo_target_multiplier(double *multiplier, const mvo_solver *solver);

/* ----------------------------------------------------------------------------------------- frontier */

/**
 * The exact efficient frontier: all corner portfolios of  minimise 1/2 w'Sigma w - lambda R  (R = mu'w - phi(w), return
 * net of what trading and holding the portfolio cost, which is mu'w without costs) from lambda =
 * infinity (maximum return) down to lambda -> 0+ (minimum variance; the one of largest return if several).
 * Between neighbouring corners weights are linear in lambda, so the corners are the whole frontier. Immutable,
 * reference-counted, shared between threads.
 */
typedef struct mvo_frontier mvo_frontier;

/**
 * Traces the frontier over the solver's covariance and limits. Every return that a frontier takes or gives is R, net of
 * costs; the report's expected_return is mu'w. On *outcome MVO_OPTIMAL the frontier is made; on any
 * other outcome (MVO_INFEASIBLE, MVO_UNBOUNDED - return grows without risk -, ...) *frontier is set to NULL.
 * The solver keeps the minimum-variance end as its last answer. Where return is unbounded the frontier begins with a ray. Allocates.
 * Sources: Markowitz (1956); Perold (1984); Stein, Branke & Schmeck (2008). Errors: NULL, NOT_FINITE (mu), MEMORY. Since 0.1.
 */
MVO_API mvo_status mvo_frontier_new(mvo_frontier **frontier, mvo_outcome *outcome, mvo_solver *solver,
                                    const double *mu, mvo_error *error);

/** Takes another reference; returns `frontier`. NULL allowed. Thread-safe. Since 0.1. */
MVO_API mvo_frontier *mvo_frontier_ref(mvo_frontier *frontier);

/** Gives a reference back; the last one frees it. NULL allowed. Thread-safe. Since 0.1. */
MVO_API void mvo_frontier_unref(mvo_frontier *frontier);

/** Number of assets n; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_frontier_size(const mvo_frontier *frontier);

/** Number of corner portfolios, at least 1; 0 for NULL. Since 0.1. */
MVO_API size_t mvo_frontier_corner_count(const mvo_frontier *frontier);

/**
 * Corner k, 0 the one of largest return: lambda (below which the corner's set of free weights changes; infinity for
 * corner 0 of a bounded set is reported as the smallest lambda at which that portfolio is optimal), return,
 * volatility, weights (n). Each output may be NULL. The last corner has lambda 0. Errors: NULL, ARGUMENT (k). Since 0.1.
 */
MVO_API mvo_status mvo_frontier_corner(double *lambda, double *expected_return, double *volatility, double *weights,
                                       const mvo_frontier *frontier, size_t k);

/**
 * The direction (n) along which the frontier begins where return is unbounded: portfolios corner_0 + t * direction,
 * t >= 0, are efficient, with d lambda = dt. Errors: NULL, STATE (it begins with a portfolio). Since 0.1.
 */
MVO_API mvo_status mvo_frontier_ray(double *direction, const mvo_frontier *frontier);

/** The efficient portfolio at lambda >= 0. Outputs may be NULL. Errors: NULL, NOT_FINITE, OUT_OF_RANGE. Since 0.1. */
MVO_API mvo_status mvo_frontier_at_lambda(double *expected_return, double *volatility, double *weights,
                                          const mvo_frontier *frontier, double lambda, mvo_error *error);

/**
 * The efficient portfolio of a given expected return, between those of the last and the first corner (or beyond the
 * first, on a ray). lambda, volatility, weights (n) may be NULL. Errors: NULL, NOT_FINITE, OUT_OF_RANGE. Since 0.1.
 */
MVO_API mvo_status mvo_frontier_at_return(double *lambda, double *volatility, double *weights,
                                          const mvo_frontier *frontier, double expected_return, mvo_error *error);

/** The efficient portfolio of a given volatility; otherwise as mvo_frontier_at_return. Since 0.1. */
MVO_API mvo_status mvo_frontier_at_volatility(double *lambda, double *expected_return, double *weights,
                                              const mvo_frontier *frontier, double volatility, mvo_error *error);

/**
 * The portfolio of the frontier with the largest Sharpe ratio (return - rf) / volatility, exactly. *outcome is
 * MVO_OPTIMAL, MVO_NO_EXCESS_RETURN or MVO_NOT_ATTAINED (a ray without a maximum, or a riskless portfolio that beats
 * rf); outputs other than outcome may be NULL and are written for MVO_OPTIMAL alone. Errors: NULL, NOT_FINITE. Since 0.1.
 */
MVO_API mvo_status mvo_frontier_max_sharpe(mvo_outcome *outcome, double *sharpe, double *expected_return,
                                           double *volatility, double *weights, const mvo_frontier *frontier,
                                           double rf, mvo_error *error);

/* ------------------------------------------------------------------------------------ risk budgets */

/*
 * Portfolios from risk alone. An asset's contribution is its share of the variance, w_i (Sigma w)_i / w'Sigma w ; the
 * shares add up to 1. What these functions need they take through the covariance's context and give back before they
 * return. None of them changes a handle, except mvo_maximum_diversification, which is a question on a solver.
 */

/**
 * The portfolio whose contributions are in proportion to `budgets` (n, positive; scaled to add up to 1; NULL for equal
 * ones: "equal risk contributions", "risk parity"). constraints = NULL: long-only, sum w = 1, and then there is one
 * answer, found to about 1e-12 of each budget. Otherwise the set's limits hold (they must state the budget; w > 0 is
 * part of the question; its costs are not counted), and *outcome says whether the budgets could be kept:
 *
 *     MVO_OPTIMAL       the contributions are the budgets
 *     MVO_NOT_ATTAINED  the limits do not allow it. The weights minimise 1/2 w'Sigma w - lambda sum b_i log w_i over the
 *                       set, for the lambda at which the row that says sum w = constant has multiplier zero: assets on
 *                       which no other limit presses still contribute in proportion to their budgets. (Where there is no
 *                       such row or no such lambda: lambda = w'Sigma w.)
 *     MVO_INFEASIBLE    no portfolio of positive weights obeys the limits
 *     MVO_UNBOUNDED     there is a portfolio of positive weights without risk (a perfect hedge): nothing to budget
 *     MVO_NUMERICAL     the covariance is so nearly singular that the budgets were not reached to 1e-9; or Newton's method
 *                       did not end in 100 steps, or a quadratic programme on the way could not be solved
 *
 * weights (n), contributions (n, as reached) and deviation (the largest |contribution_i / budget_i - 1|) may each be NULL
 * and are left alone after MVO_INFEASIBLE and MVO_UNBOUNDED. A factor model is never expanded.
 * Errors: NULL, MISMATCH (sizes), NOT_FINITE (budgets), ARGUMENT (a budget that is not positive; an asset without
 * variance, row = asset), MEMORY. Sources: Maillard, Roncalli & Teiletche (2010); Spinu (2013); Griveau-Billion, Richard &
 * Roncalli (2013); under limits Richard & Roncalli (2019). Since 0.2.
 */
MVO_API mvo_status mvo_risk_budgets(mvo_outcome *outcome, double *weights, double *contributions, double *deviation,
                                    const mvo_covariance *covariance, const mvo_constraints *constraints,
                                    const double *budgets, mvo_error *error);

/** Every weight 1/n. Errors: NULL, ARGUMENT (n = 0). Since 0.2. */
MVO_API mvo_status mvo_equal_weights(double *weights, size_t n, mvo_error *error);

/**
 * Weights (n) in inverse proportion to volatility: equal risk contributions where all correlations are the same.
 * Errors: NULL, ARGUMENT (an asset without variance, row = asset). Since 0.2.
 */
MVO_API mvo_status mvo_inverse_volatility(double *weights, const mvo_covariance *covariance, mvo_error *error);

/**
 * Weights (n) in inverse proportion to variance: minimum variance where nothing is correlated.
 * Errors: NULL, ARGUMENT (an asset without variance, row = asset). Since 0.2.
 */
MVO_API mvo_status mvo_inverse_variance(double *weights, const mvo_covariance *covariance, mvo_error *error);

/** What mvo_hierarchical_risk_parity clusters by, d_ij being sqrt((1 - correlation_ij) / 2). */
enum {
    MVO_DISTANCE_OF_CORRELATIONS = 0, /**< d_ij itself, as most software does */
    MVO_DISTANCE_OF_DISTANCES = 1 /**< the Euclidean distance between columns i and j of d: Lopez de Prado (2016); O(n^3) */
};

/** How far apart two clusters are. */
enum {
    MVO_LINKAGE_SINGLE = 0,   /**< as their nearest members: Lopez de Prado (2016) */
    MVO_LINKAGE_COMPLETE = 1, /**< as their farthest members */
    MVO_LINKAGE_AVERAGE = 2,  /**< as their members on average */
    MVO_LINKAGE_WARD = 3      /**< by the growth of the sum of squares: Ward (1963) */
};

/**
 * Hierarchical risk parity: clusters the assets by correlation, then splits the budget of 1 between the halves of the
 * tree's order, and between theirs, each half weighing against its variance under inverse-variance weights. Long-only; no
 * matrix is inverted, so that a singular covariance is as good as another. weights (n) and order (n asset indices, the
 * tree's leaves from left to right: the quasi-diagonal order) may be NULL. The correlations are those of `similarity`,
 * another covariance of the same assets, or of `covariance` itself where that is NULL. A factor model's correlations are
 * formed, n-by-n of them; that takes O(n^2 k) time. Of equal distances the one whose assets come first decides.
 * Errors: NULL, MISMATCH (sizes), ARGUMENT (distance, linkage; an asset without variance, row = asset), MEMORY.
 * Source: Lopez de Prado (2016). Since 0.2.
 */
MVO_API mvo_status mvo_hierarchical_risk_parity(double *weights, size_t *order, const mvo_covariance *covariance,
                                                const mvo_covariance *similarity, int32_t distance, int32_t linkage,
                                                mvo_error *error);

/**
 * Maximum diversification over the solver's limits: minimises minus the diversification ratio (below), by
 * mvo_maximum_sharpe with the assets' volatilities in place of expected returns and rf = 0 (costs of the set would be
 * taken off them: give it none); the report's expected_return is the weighted volatility. Outcomes as there:
 * MVO_NO_EXCESS_RETURN where no feasible portfolio is long on balance, MVO_NOT_ATTAINED where a riskless one is. Allocates
 * nothing. Errors: NULL. Source: Choueifaty & Coignard (2008). Since 0.2.
 */
MVO_API mvo_status mvo_maximum_diversification(mvo_outcome *outcome, mvo_solver *solver, mvo_error *error);

/**
 * Diversification ratio: the weighted average of volatilities over the volatility of the portfolio,
 * sum w_i sqrt(Sigma_ii) / sqrt(w'Sigma w); 1 for a single asset, larger where long positions diversify.
 * Errors: NULL, NOT_FINITE (weights), ARGUMENT (weights without risk). Source: Choueifaty & Coignard (2008). Since 0.2.
 */
MVO_API mvo_status mvo_diversification_ratio(double *ratio, const mvo_covariance *covariance, const double *weights,
                                             mvo_error *error);

/** The uncorrelated bets of mvo_effective_bets. */
enum {
    MVO_BETS_PRINCIPAL = 0,      /**< principal components, largest variance first: Meucci (2009) */
    MVO_BETS_MINIMUM_TORSION = 1 /**< one bet an asset, as near to it as can be: Meucci, Santangelo & Deguest (2013) */
};

/**
 * Effective number of bets: exp(-sum p_k log p_k), p_k being the share of variance of uncorrelated bet k; between 1 and n.
 * shares (n, the p_k; may be NULL). Where eigenvalues are equal their principal components, and with them the number, are
 * not unique. Minimum torsion needs a covariance of full rank (eigenvalues of the correlations above n * 1e-14). Forms n-by-n
 * numbers, of a factor model too; the last bits depend on LAPACK.
 * Errors: NULL, NOT_FINITE (weights), ARGUMENT (bets; weights without risk; with minimum torsion an asset without
 * variance), SINGULAR, MEMORY, INTERNAL. Since 0.2.
 */
MVO_API mvo_status mvo_effective_bets(double *number, double *shares, const mvo_covariance *covariance,
                                      const double *weights, int32_t bets, mvo_error *error);

/* ------------------------------------------------------------------------------- robust portfolios */

/*
 * Portfolios that are best against the worst their inputs may be. A mvo_robust is one problem
 *
 *     minimise  (risk_aversion / 2) max_k w'Sigma_k w + phi(w) - min over mu in U of mu'w    over a constraint set,
 *
 * with one covariance or several (the worst of them counts), phi the set's own costs, and means known up to
 *
 *     U = { m + e + f :  -below <= e <= above asset by asset (a box),
 *                        f = kappa Omega^(1/2) u with |u| <= 1 (an ellipsoid) }
 *
 * so that -min mu'w is  -m'w + sum_j below_j (w_j)^+ + above_j (-w_j)^+ + kappa sqrt(w'Omega w) . The box is exact kinks at
 * no weight, met by the engine like any cost. The ellipsoid makes a second-order cone: the optimum is that of a quadratic
 * programme with the covariance  risk_aversion Sigma + nu Omega , where nu = kappa / sqrt(w'Omega w) , one number to be
 * found, by programmes that start warm from each other; or it is the cone's tip, where nothing uncertain is held or the
 * uncertainties cancel. Several covariances are mixed, in the proportions under which the mixture's best portfolio is as
 * bad as can be (the dual; Newton's method over the simplex). Every answer has the certificate of the whole problem,
 * computed from the data as given: a subgradient of what is not quadratic takes its place in an ordinary programme, whose
 * dual bounds the problem's.
 */
typedef struct mvo_robust mvo_robust;

/**
 * Makes a problem without uncertainty of means yet. Takes references to `count` >= 1 covariances of the same assets and to
 * `uncertainty`, Omega, the covariance of the errors in the means (Sigma / T for means over T periods; diagonal as a factor
 * model without factors; the posterior uncertainty of Black and Litterman), NULL for the one covariance itself; and a
 * snapshot of `constraints`. Memory is taken here: that of a solver, and of one dense matrix unless all are factor models.
 * Errors: NULL (row = the covariance), ARGUMENT (count = 0), MISMATCH (sizes; row), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_robust_new(mvo_robust **robust, mvo_context *context, size_t count,
                                  mvo_covariance *const *covariances, mvo_covariance *uncertainty,
                                  const mvo_constraints *constraints, mvo_error *error);

/** Frees it, solver and all, and gives the covariances back. NULL allowed. Since 0.2. */
MVO_API void mvo_robust_free(mvo_robust *robust);

/**
 * The solver inside, owned by `robust`; NULL for NULL. Move bounds, limits, holdings, trading costs, options and the progress
 * callback on it, cancel it, and read multipliers and working set from it: after an optimum they are those of the whole
 * problem. Limits of time and iterations hold for the whole question. Its linear term, costs of short positions and
 * covariance are the library's. Since 0.2.
 */
MVO_API mvo_solver *mvo_robust_solver(mvo_robust *robust);

/**
 * The box: a mean may be lower by below_j and higher by above_j (n each, none negative, copied; NULL for none).
 * Errors: NULL (robust), NOT_FINITE, ARGUMENT (row = asset: negative). Source: Tutuncu & Koenig (2004). Since 0.2.
 */
MVO_API mvo_status mvo_robust_set_box(mvo_robust *robust, const double *below, const double *above, mvo_error *error);

/**
 * The ellipsoid's size kappa >= 0, in standard errors; 0 takes it away. With Omega the covariance of the errors of n
 * normal means, the square root of the chi-squared quantile of n degrees of freedom makes U hold the true means with that
 * probability; practice takes 0.5 to 3. Errors: NULL, NOT_FINITE, ARGUMENT (negative), STATE (several covariances, and no
 * `uncertainty` was given). Since 0.2.
 */
MVO_API mvo_status mvo_robust_set_ellipsoid(mvo_robust *robust, double kappa, mvo_error *error);

/**
 * Best worst case: minimises the objective above, `mu` (n) being m; NULL for zero, which with risk_aversion = 1 asks for
 * the least worst variance (half of it is the objective). risk_aversion >= 0. Without box, ellipsoid and further covariances
 * it is mvo_maximum_utility. MVO_INFEASIBLE and MVO_UNBOUNDED as there (a direction in which the worst return still grows
 * without risk has no proof to show, unless it is one of the solver inside). An optimum is accepted by its certificate
 * alone, to MVO_OPTION_TOLERANCE of the solver inside; otherwise MVO_NUMERICAL, as where several covariances mix to one that
 * leaves the weights undetermined. A w'Omega w that is no more than the rounding of its terms - where Omega is singular and
 * uncertainties cancel - counts as zero; its root, of which the objective then knows nothing, can be 1e-8 of theirs. Starts
 * warm. Allocates for several covariances only (a sensitivity each step).
 * Sources: box and ellipsoid: Goldfarb & Iyengar (2003); Ceria & Stubbs (2006); several covariances: Rustem, Becker &
 * Marty (2000); Lobo & Boyd (2000). Errors: NULL, NOT_FINITE, ARGUMENT (risk_aversion < 0; or 0 with several covariances),
 * MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_robust_maximum_utility(mvo_outcome *outcome, mvo_robust *robust, const double *mu,
                                              double risk_aversion, mvo_error *error);

/** Norms ||w|| of mvo_robust_wasserstein; the distance between returns is measured in the dual one. */
enum {
    MVO_NORM_SUM = 1,      /**< gross exposure sum |w_j|: returns are as far apart as the asset that differs most */
    MVO_NORM_EUCLIDEAN = 2 /**< sqrt(sum w_j^2), its own dual */
};

/**
 * The least worst volatility over all distributions of returns within `radius` >= 0 (return units per period) of the one
 * at hand, with mean `mu` and the problem's covariance, in the Wasserstein distance of order 2:
 *
 *     minimise  sqrt(w'Sigma w) + radius ||w||    subject to    mu'w - radius ||w|| >= target    and the constraint set,
 *
 * the objective being the worst volatility and the left side the worst mean (Blanchet, Chen & Zhou 2022, theorem 1, whose
 * delta is radius^2). mu (n) NULL asks without the mean and does not read target. Box and ellipsoid play no part. MVO_INFEASIBLE
 * also where no portfolio has so large a worst mean; then the solver inside has no proof. MVO_NUMERICAL also where the
 * optimum is next to riskless, for there the volatility is not smooth. mvo_solver_multipliers of the
 * solver inside and mvo_target_multiplier are derivatives of this objective. Certificate, warm starts and outcomes as above.
 * Allocates nothing. Errors: NULL, NOT_FINITE, ARGUMENT (radius < 0, norm), STATE (several covariances; costs in the set). Since 0.2.
 */
MVO_API mvo_status mvo_robust_wasserstein(mvo_outcome *outcome, mvo_robust *robust, double radius, int32_t norm,
                                          const double *mu, double target, mvo_error *error);

/** Weights (n) of the last question, as mvo_solver_weights. Errors: NULL, STATE. Since 0.2. */
MVO_API mvo_status mvo_robust_weights(double *weights, const mvo_robust *robust);

/**
 * What the last optimum of mvo_robust_maximum_utility was best against: the means in U at which it is worst (n; for the box
 * a weight of zero has its nominal mean), the mixture of covariances (count; adds up to 1; zero where one is
 * not as bad as the worst), and w'Sigma_k w under each (count). Outputs may be NULL. Errors: NULL, STATE. Since 0.2.
 */
MVO_API mvo_status mvo_robust_worst_case(double *means, double *mixture, double *variances, const mvo_robust *robust);

/**
 * The report of the last question: objective, dual objective and residuals are those of the whole problem; rounds are the
 * quadratic programmes it took, pivots the rounds and working-set changes in all of them; the variance is the worst of the
 * w'Sigma_k w, the expected return that of the nominal mu, cost the set's own phi.
 * Errors: NULL, ARGUMENT (struct_size), STATE (no question yet). Since 0.2.
 */
MVO_API mvo_status mvo_robust_report(mvo_report *report, const mvo_robust *robust);

/**
 * Resampled efficiency, the classic to compare robust portfolios with; an average of frontiers, not the optimum of anything.
 * `resamples` times, `periods` returns are drawn from the normal law of mean mu (n) and `covariance`, and the frontier over
 * `constraints` is traced from their sample mean and covariance (divisor periods - 1). Its portfolios of rank 0 (minimum
 * variance) to points - 1 (maximum return), equally spaced by return, are averaged rank by rank over all frontiers. weights
 * (n-by-points, ld >= n) receives rank r in column r. A set whose frontier is unbounded answers MVO_UNBOUNDED, an
 * infeasible one MVO_INFEASIBLE; `progress` (NULL for none) is called with the resamples done and cancels by a nonzero answer
 * (MVO_CANCELLED). Outcomes other than MVO_OPTIMAL leave weights as they were. The same seed draws the same returns everywhere
 * up to what the C library's log leaves to chance in the last bit. Costs count as in mvo_frontier_new. Allocates.
 * Errors: NULL, NOT_FINITE (mu), MISMATCH, ARGUMENT (points < 2, resamples = 0, periods < 2, ld), MEMORY.
 * Source: Michaud (1998), Efficient Asset Management, chapter 6. Since 0.2.
 */
MVO_API mvo_status mvo_resampled_frontier(mvo_outcome *outcome, double *weights, size_t ld, size_t points,
                                          const mvo_covariance *covariance, const mvo_constraints *constraints,
                                          const double *mu, size_t periods, size_t resamples, int64_t seed,
                                          mvo_progress_fn progress, void *user, mvo_error *error);

/* --------------------------------------------------------------------------------------- scenarios */

/*
 * S possible futures of n assets: an S-by-n table of returns per period (column-major, one column per asset), each row
 * with a probability. Past returns are such a table, the rows in order of time; measures of drawdown need that order,
 * the others do not look at it. Immutable once made, reference-counted, shared between threads.
 */
typedef struct mvo_scenarios mvo_scenarios;

/**
 * From a table of `count` scenarios (ld >= count) and their `probabilities` (count, each >= 0, adding up to 1 within
 * 1e-9; NULL for 1 / count each). `flags`: MVO_CHECK_ALL or MVO_CHECK_FINITE look for NaN and infinity and check the
 * probabilities, MVO_CHECK_NONE trusts both; with MVO_BORROW the table is read in place (probabilities are copied).
 * Errors: NULL, ARGUMENT (count, n, ld, flags, probabilities), NOT_FINITE (row = scenario, column = asset), MEMORY.
 * Since 0.2.
 */
MVO_API mvo_status mvo_scenarios_new(mvo_scenarios **scenarios, mvo_context *context, size_t count, size_t n,
                                     const double *returns, size_t ld, const double *probabilities, int32_t flags,
                                     mvo_error *error);

/** How mvo_scenarios_new_bootstrap draws from the past. */
enum {
    MVO_BOOTSTRAP_IID = 0,       /**< single periods, independently: Efron (1979) */
    MVO_BOOTSTRAP_MOVING = 1,    /**< blocks of `block` periods that begin anywhere in 0 .. periods - block: Kuensch (1989) */
    MVO_BOOTSTRAP_STATIONARY = 2 /**< blocks of geometric length, `block` on average, over the past closed to a circle:
                                      Politis & Romano (1994) */
};

/**
 * `count` scenarios of equal probability drawn from a table of past returns (periods-by-n, ld >= periods) with
 * replacement, whole rows at a time, so that what happened to the assets together stays together. `block` is the
 * length of blocks in periods, 1 <= block <= periods (not looked at for MVO_BOOTSTRAP_IID); the last block is cut
 * where `count` is reached. The same seed draws the same rows everywhere (splitmix64).
 * Errors: NULL, ARGUMENT (count, periods, n, ld, kind, block), NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_scenarios_new_bootstrap(mvo_scenarios **scenarios, mvo_context *context, size_t count,
                                               size_t periods, size_t n, const double *returns, size_t ld,
                                               int32_t kind, size_t block, int64_t seed, mvo_error *error);

/** What an event of mvo_scenarios_new_with_events happens to. */
enum {
    MVO_EVENT_ALONE = 0,     /**< a period in which nothing else moves: one scenario more for each event */
    MVO_EVENT_COMPOUNDED = 1 /**< any of the given periods: (1 + r)(1 + shock) - 1 over each scenario, as many more for each event */
};

/**
 * `given` joined with `count` >= 1 events that history does not have: the shocks of mvo_shock_oracle and its neighbours, of
 * mvo_failure_losses (times -1), or your own. Event k moves the assets by column k of shocks (n-by-count, ld >= n, simple
 * returns, none below -1) with its probability within a period (count, >= 0, adding up to 1 at most, to 1e-9); no two at once. The
 * scenarios given come first, their probabilities times what is left; then those of each event, by `kind` as above. Measures
 * that need the order of time have none to read here. The same shocks make rows of mvo_constraints_add_liquidation and, times
 * -1, events of mvo_covariance_new_events, one of the covariances of a mvo_robust.
 * Errors: NULL, ARGUMENT (count, ld, kind; probability; row = asset, column = event), NOT_FINITE (also a return that overflows
 * when compounded), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_scenarios_new_with_events(mvo_scenarios **with_events, mvo_context *context,
                                                 const mvo_scenarios *given, size_t count, const double *probability,
                                                 const double *shocks, size_t ld, int32_t kind, mvo_error *error);

/** Takes another reference; returns `scenarios`. NULL allowed. Thread-safe. Since 0.2. */
MVO_API mvo_scenarios *mvo_scenarios_ref(mvo_scenarios *scenarios);

/** Gives a reference back; the last one frees it. NULL allowed. Thread-safe. Since 0.2. */
MVO_API void mvo_scenarios_unref(mvo_scenarios *scenarios);

/** Number of scenarios S; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_scenarios_count(const mvo_scenarios *scenarios);

/** Number of assets n; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_scenarios_size(const mvo_scenarios *scenarios);

/** Reads the table (S-by-n, ld >= S) and the probabilities (S); either output may be NULL. Errors: NULL, ARGUMENT. Since 0.2. */
MVO_API mvo_status mvo_scenarios_returns(double *returns, size_t ld, double *probabilities,
                                         const mvo_scenarios *scenarios, mvo_error *error);

/** Expected return of each asset (n) under the probabilities. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_scenarios_mean(double *mean, const mvo_scenarios *scenarios, mvo_error *error);

/** Return of a portfolio in each scenario (S). Errors: NULL, NOT_FINITE (weights). Since 0.2. */
MVO_API mvo_status mvo_scenarios_portfolio(double *returns, const mvo_scenarios *scenarios, const double *weights,
                                           mvo_error *error);

/* --------------------------------------------------------------------------------------- tail risk */

/*
 * Measures of risk of a portfolio's return r over scenarios, in units of return per period, losses positive. `level` is
 * the confidence of a quantile, 0.95 by custom; values of 0.5 and less are refused, so that 0.05 meant as a tail is
 * caught. Where a measure has no level, give 0. Drawdowns are of uncompounded cumulative returns that begin at 0 (the last
 * three: of a value that begins at 1), the rows being in order of time.
 */
enum {
    MVO_RISK_VALUE_AT_RISK = 1,    /**< least x with P(-r <= x) >= level */
    MVO_RISK_CVAR = 2,             /**< mean of the worst 1 - level of the losses, an atom counted in part: Rockafellar & Uryasev (2002) */
    MVO_RISK_EVAR = 3,             /**< entropic value at risk, inf over z > 0 of log(E exp(-z r) / (1 - level)) / z: Ahmadi-Javid (2012) */
    MVO_RISK_WORST = 4,            /**< largest loss of positive probability: Young (1998) */
    MVO_RISK_MEAN_DEVIATION = 5,   /**< E|r - E r|: Konno & Yamazaki (1991) */
    MVO_RISK_SEMIVARIANCE = 6,     /**< E max(0, E r - r)^2, in squared units: Markowitz (1959) */
    MVO_RISK_SEMIDEVIATION = 7,    /**< its square root */
    MVO_RISK_AVERAGE_DRAWDOWN = 8, /**< mean over time of the fall from the highest point so far */
    MVO_RISK_MAXIMUM_DRAWDOWN = 9, /**< the largest such fall */
    MVO_RISK_CDAR = 10,            /**< CVaR of those falls: Chekhlov, Uryasev & Zabarankin (2005) */
    MVO_RISK_BELOW_RETURN = 11,    /**< E max(0, level - r)^2, `level` being a return per period here: Fishburn (1977) */
    MVO_RISK_COMPOUNDED_AVERAGE_DRAWDOWN = 12, /**< drawdowns of compounded returns, as parts of the highest value so far: their mean */
    MVO_RISK_COMPOUNDED_MAXIMUM_DRAWDOWN = 13, /**< the largest of them; 1 where a period loses everything */
    MVO_RISK_COMPOUNDED_CDAR = 14  /**< their CVaR; these three are not convex: measured, not minimised */
};

/**
 * Risk of a portfolio in one of the measures above. marginal_i is the derivative of the risk with respect to w_i (one
 * of them where there are several, with ties shared); total_i is the part of asset i, and these add up to the risk
 * (Euler): w_i marginal_i, half of that for squares (MVO_RISK_BELOW_RETURN: at level 0 only). Each output may be NULL - total
 * must be for compounded drawdowns, whose parts do not add up -; marginal and total have n entries. Allocates. Errors: NULL,
 * NOT_FINITE (weights, level), ARGUMENT (measure, total), OUT_OF_RANGE (level), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_tail_risk(double *risk, double *marginal, double *total, const mvo_scenarios *scenarios,
                                 const double *weights, int32_t measure, double level, mvo_error *error);

/**
 * Lower partial moment of a portfolio: E max(0, threshold - r)^order; order 0 is the probability of r < threshold.
 * marginal (n, may be NULL) is its derivative with respect to the weights (zero for order 0). The semivariance below a
 * fixed benchmark has order 2. Allocates. Errors: NULL, NOT_FINITE, ARGUMENT (order < 0, 0 < order < 1), MEMORY.
 * Source: Bawa (1975); Fishburn (1977). Since 0.2.
 */
MVO_API mvo_status mvo_lower_partial_moment(double *moment, double *marginal, const mvo_scenarios *scenarios,
                                            const double *weights, double threshold, double order, mvo_error *error);

/**
 * Value at risk and CVaR at confidence `level` of a normal return of that mean and volatility (>= 0): -mean +
 * volatility z and -mean + volatility phi(z) / (1 - level), z the quantile. Either output may be NULL. Contributions
 * follow from those of the volatility: -w_i mu_i + (risk + mean) / volatility times mvo_covariance_risk_contributions.
 * Errors: NOT_FINITE, ARGUMENT (volatility), OUT_OF_RANGE (level). Source: Rockafellar & Uryasev (2000). Since 0.2.
 */
MVO_API mvo_status mvo_normal_tail(double *value_at_risk, double *cvar, double mean, double volatility, double level,
                                   mvo_error *error);

/**
 * The same of a return with Student's t distribution of `degrees` > 2 degrees of freedom, scaled to that volatility
 * (its standard deviation). Errors as mvo_normal_tail, OUT_OF_RANGE also for degrees. Since 0.2.
 */
MVO_API mvo_status mvo_student_tail(double *value_at_risk, double *cvar, double mean, double volatility,
                                    double degrees, double level, mvo_error *error);

/**
 * The same by the expansion of Cornish & Fisher (1938): the quantile is z + (z^2 - 1) s / 6 + (z^3 - 3z) k / 24 -
 * (2 z^3 - 5 z) s^2 / 36, z that of the normal law, s = skewness and k = excess_kurtosis of the return being its
 * parameters; CVaR is the mean of that quantile beyond the level. OUT_OF_RANGE (skewness, excess_kurtosis) where the
 * expansion does not ascend in z, for then it is the quantile of nothing. Source: Maillard (2012). Since 0.2.
 */
MVO_API mvo_status mvo_cornish_fisher_tail(double *value_at_risk, double *cvar, double mean, double volatility,
                                           double skewness, double excess_kurtosis, double level, mvo_error *error);

/**
 * A solver of tail risk over one set of scenarios and limits. One thread at a time; owns its workspace; starts warm. It is
 * a smaller thing than an mvo_solver: costs of the set are not counted, rows over absolute values are refused, there is no
 * limit of time or iterations and no cancelling, and an infeasible problem comes without a proof and without a conflict.
 */
typedef struct mvo_tail_solver mvo_tail_solver;

/**
 * Makes a solver over scenarios (a reference is taken) and a snapshot of `constraints`; its measure is CVaR at 0.95. No
 * programme of S rows is built: a simplex method of n + 1 active bounds, rows and scenarios works on those near the tail.
 * Memory is taken here and is about two tables of max(S, 20 n + 220) rows. Errors: NULL, MISMATCH (sizes), ARGUMENT (a row
 * over absolute values), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_tail_solver_new(mvo_tail_solver **solver, mvo_context *context, mvo_scenarios *scenarios,
                                       const mvo_constraints *constraints, mvo_error *error);

/** Frees a solver and gives its scenarios back. NULL allowed. Since 0.2. */
MVO_API void mvo_tail_solver_free(mvo_tail_solver *solver);

/** Number of assets n; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_tail_solver_size(const mvo_tail_solver *solver);

/** Number of rows m of the snapshot; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_tail_solver_row_count(const mvo_tail_solver *solver);

/** Number of scenarios S; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_tail_solver_scenario_count(const mvo_tail_solver *solver);

/**
 * Chooses the measure: MVO_RISK_CVAR, _WORST, _MEAN_DEVIATION, _AVERAGE_DRAWDOWN, _MAXIMUM_DRAWDOWN, _CDAR, or
 * _SEMIVARIANCE, _SEMIDEVIATION, _BELOW_RETURN (quadratic programmes; these solves allocate),
 * all exact, in finitely many steps; or _EVAR (Newton's method, which allocates, and cutting planes where a few worst
 * scenarios decide; to the gap that is told). The next solve starts cold.
 * Errors: NULL, ARGUMENT (measure), OUT_OF_RANGE and NOT_FINITE (level). Since 0.2.
 */
MVO_API mvo_status mvo_tail_solver_set_measure(mvo_tail_solver *solver, int32_t measure, double level,
                                               mvo_error *error);

/** Moves the limits of a row of the snapshot, as mvo_solver_set_row_limits. Errors: NULL, NOT_FOUND, NOT_FINITE, LIMITS. Since 0.2. */
MVO_API mvo_status mvo_tail_solver_set_row_limits(mvo_tail_solver *solver, int64_t id, double lower, double upper,
                                                  mvo_error *error);

/** Moves the bounds of one weight; the next solve starts cold. Errors: NULL, ARGUMENT, NOT_FINITE, LIMITS. Since 0.2. */
MVO_API mvo_status mvo_tail_solver_set_bound(mvo_tail_solver *solver, size_t asset, double lower, double upper,
                                             mvo_error *error);

/** Forgets the last answer, so that the next solve starts cold. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_tail_solver_clear(mvo_tail_solver *solver, mvo_error *error);

/**
 * Minimum risk in the solver's measure. MVO_INFEASIBLE and MVO_UNBOUNDED are outcomes, and MVO_NUMERICAL where the gap or
 * a violated row of what was found exceeds 1e-9 of its scale in the report. Allocates nothing but for measures of squares
 * and MVO_RISK_EVAR.
 * Sources: Rockafellar & Uryasev (2000, 2002); Barrodale & Roberts (1973). Errors: NULL, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_minimum_tail_risk(mvo_outcome *outcome, mvo_tail_solver *solver, mvo_error *error);

/**
 * Minimum risk subject to mu'w >= target; mu (n) NULL stands for the scenarios' mean. Rising targets start warm from one
 * another, which is how to trace a frontier. mvo_tail_target_multiplier is the slope of that frontier. Outcomes as above.
 * Errors: NULL, NOT_FINITE, MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_minimum_tail_risk_at_return(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu,
                                                   double target, mvo_error *error);

/**
 * Maximum return subject to risk <= limit: minimises -mu'w, of which multipliers are derivatives then;
 * mvo_tail_target_multiplier is that with respect to the limit. Where the limit does not bind, it and the multipliers of
 * the scenarios are zero and the others those of the largest return. MVO_INFEASIBLE where even the least risk exceeds it.
 * Not for measures of squares. Errors: NULL, NOT_FINITE, STATE (such a measure). Since 0.2.
 */
MVO_API mvo_status mvo_maximum_return_at_tail_risk(mvo_outcome *outcome, mvo_tail_solver *solver, const double *mu,
                                                   double limit, mvo_error *error);

/**
 * A frontier: the least risk at `count` ascending `targets` of return (mu'w >= target), or, with targets NULL, at count >= 2
 * returns evenly spaced from that of the least risk of all up to the largest there is. Much cheaper than the question put
 * count times: from the optimum at one target a dual simplex method goes on to the next, looking at few of the scenarios
 * on its way (measures by cuts and of squares are solved point by point, warm where they can be). Outputs, each
 * may be NULL: returns mu'w, risks, slopes (the derivative of the risk with respect to the target; 0 where that does not
 * bind), gaps (risk less a lower bound from multipliers, at every point) have room for count; weights is n-by-count, ld >=
 * n. *found points are written: all of them where *outcome is MVO_OPTIMAL; otherwise those before the first target of which
 * *outcome is true - MVO_INFEASIBLE beyond the largest return -; none, with targets NULL, where return is MVO_UNBOUNDED.
 * The solver's last answer is the last question's; the report's pivots and rounds are those of all points. Allocates.
 * Sources: Rockafellar & Uryasev (2000); Lemke (1954). Errors: NULL, NOT_FINITE, ARGUMENT (count, ld, targets that
 * descend), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_tail_frontier(mvo_outcome *outcome, size_t *found, double *returns, double *risks, double *slopes,
                                     double *gaps, double *weights, size_t ld, mvo_tail_solver *solver, const double *mu,
                                     size_t count, const double *targets, mvo_error *error);

/**
 * Variance and tail risk together: minimises  1/2 w'Sigma w + c'w + price * risk(w)  subject to risk(w) <= limit and the
 * solver's limits, the risk in the solver's measure. linear: c (n, NULL for zero; -mu / delta for a mean term); price >= 0;
 * limit INFINITY for none - price 0 is then the variance problem itself, and with a limit alone it is that with a cap.
 * Cutting planes on the quadratic engine, each programme with n + 1 variables; exact, in finitely many steps. Answers are
 * read as ever, the objective of report and multipliers being the above: the gap is told, variance is w'Sigma w,
 * mvo_tail_target_multiplier is the derivative with respect to the limit, never positive; scenarios have no multipliers.
 * MVO_INFEASIBLE where even the least risk exceeds the limit. Allocates. Not for measures of squares and MVO_RISK_EVAR.
 * Sources: Kelley (1960); Kuenzi-Bay & Mayer (2006). Errors: NULL, MISMATCH (covariance), NOT_FINITE, ARGUMENT (price),
 * STATE (such a measure), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_minimum_variance_and_tail_risk(mvo_outcome *outcome, mvo_tail_solver *solver,
                                                      const mvo_covariance *covariance, const double *linear,
                                                      double price, double limit, mvo_error *error);

/** A question put to a solver: mvo_maximum_utility with your arguments, for instance. `user` is yours. */
typedef mvo_status (*mvo_question_fn)(mvo_outcome *outcome, mvo_solver *solver, void *user, mvo_error *error);

/**
 * A cap on tail risk in any problem of the engine, costs and rows over absolute values included: makes a solver over
 * `covariance` and the set's limits, with rows named "tail risk" behind the set's own that are gradients of the risk, as many
 * as it takes until the answer to `ask` - NULL for mvo_solver_solve, least variance - has risk(w) <= limit in the measure:
 * MVO_RISK_CVAR, _WORST, _MEAN_DEVIATION, _AVERAGE_DRAWDOWN, _MAXIMUM_DRAWDOWN or _CDAR. The rows cut off nothing that the
 * cap allows, so the answer is the one with the cap, exactly. On any *outcome *solver is yours, to be read as ever and freed:
 * weights, report, a conflict in which the cap has its part; the multipliers of the rows "tail risk" add up to the
 * derivative with respect to `limit`. `ask` is called several times, each time with a new solver, and must put the same
 * question: set options, holdings and linear terms in it. Another question put to *solver need not stay within the cap.
 * MVO_NUMERICAL where rounding keeps rows from ending. Sources: Kelley (1960); Kuenzi-Bay & Mayer (2006). Errors: NULL,
 * MISMATCH, ARGUMENT (measure), OUT_OF_RANGE (level), NOT_FINITE (level, limit), MEMORY, and what `ask` answers. Since 0.2.
 */
MVO_API mvo_status mvo_solver_new_with_tail_cap(mvo_solver **solver, mvo_outcome *outcome, mvo_context *context,
                                                mvo_covariance *covariance, const mvo_constraints *constraints,
                                                const mvo_scenarios *scenarios, int32_t measure, double level,
                                                double limit, mvo_question_fn ask, void *user, mvo_error *error);

/** Weights (n) of the last optimum. Errors: NULL, STATE. Since 0.2. */
MVO_API mvo_status mvo_tail_solver_weights(double *weights, const mvo_tail_solver *solver);

/**
 * Multipliers of the rows (m, in order of the snapshot), of the bounds (n), signed as in section 5, and of the scenarios
 * (S): the probabilities under which the expected loss is the CVaR (for a deviation, the weights of the losses below the
 * mean; zero where cuts are used). For measures of squares they are the derivatives of the risk with respect to each
 * scenario's loss. Each output may be NULL. Errors: NULL, STATE. Since 0.2.
 */
MVO_API mvo_status mvo_tail_solver_multipliers(double *rows, double *bounds, double *scenarios,
                                               const mvo_tail_solver *solver);

/** Multiplier of the last question's target or limit. Errors: NULL, STATE (it had none). Since 0.2. */
MVO_API mvo_status mvo_tail_target_multiplier(double *multiplier, const mvo_tail_solver *solver);

/**
 * The report of the last solve: objective and dual objective of that call, computed from the data as given with sums in
 * twice the precision, and their gap; rounds are those in which scenarios (or cuts) came in, the variance is that of
 * the portfolio over the scenarios. Errors: NULL, ARGUMENT (struct_size), STATE (no solve yet). Since 0.2.
 */
MVO_API mvo_status mvo_tail_solver_report(mvo_report *report, const mvo_tail_solver *solver);

/* --------------------------------------------------------------- cardinality and minimum positions */

/*
 * Portfolios of few assets:
 *
 *     minimise    1/2 w'Sigma w + c'w + phi(w) + sum of fee_j over the assets traded
 *     subject to  the constraint set, and mu'w >= target where one is given
 *                 at most K weights are not zero
 *                 each weight is zero or |w_j| >= least_j          (its largest size is its bound)
 *                 at most T weights differ from the holdings of the constraint set
 *
 * Any of the four may be left out. The problem is not convex, so it is searched: branch and bound over relaxations solved
 * by the active-set method, each starting warm from the one before. The answer is a portfolio and a proved lower bound of
 * the objective of all portfolios, so that stopping early costs no more than the gap between them says.
 */

/** A search for portfolios of few holdings or trades. One thread at a time; remembers its last answer as a start. */
typedef struct mvo_selection mvo_selection;

/**
 * Makes one over a copy of `constraints`, without any limit on counts. Takes a reference to `covariance`.
 * Errors: NULL, MISMATCH (sizes), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_selection_new(mvo_selection **selection, mvo_context *context, mvo_covariance *covariance,
                                     const mvo_constraints *constraints, mvo_error *error);

/** Frees a search and gives its covariance back. NULL allowed. Since 0.2. */
MVO_API void mvo_selection_free(mvo_selection *selection);

/** At most so many weights are not zero; n or more: no limit (as it is at first). Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_selection_set_most_holdings(mvo_selection *selection, size_t most, mvo_error *error);

/**
 * Least sizes of positions (n, none negative; NULL for none): a weight is zero or at least so large, long or short. Bounds
 * of the set hold beside it. Errors: NULL, NOT_FINITE, ARGUMENT (negative). Since 0.2.
 */
MVO_API mvo_status mvo_selection_set_least_positions(mvo_selection *selection, const double *least, mvo_error *error);

/** At most so many weights differ from the set's holdings; n or more: no limit (as at first). Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_selection_set_most_trades(mvo_selection *selection, size_t most, mvo_error *error);

/**
 * Fixed fees (n, none negative; NULL for none), in units of the objective: fee_j is due when w_j differs from the set's
 * holding, however little. Errors: NULL, NOT_FINITE, ARGUMENT (negative). Since 0.2.
 */
MVO_API mvo_status mvo_selection_set_trade_fees(mvo_selection *selection, const double *fee, mvo_error *error);

/**
 * When a search ends: after `seconds` of wall time (>= 0, infinity for no limit, as at first), after `nodes` relaxations
 * of the tree (0 for no limit, as at first), or when the gap is at most `gap` (0 <= gap < 1, 1e-6 at first; less
 * than 1e-9, to which relaxations are exact, is taken for that).
 * Errors: NULL, NOT_FINITE (NaN), ARGUMENT. Since 0.2.
 */
MVO_API mvo_status mvo_selection_set_limits(mvo_selection *selection, double seconds, int64_t nodes, double gap,
                                            mvo_error *error);

/** Called at each node with their number, the best objective (infinity before the first) and the bound; nonzero cancels. */
typedef int32_t (*mvo_selection_progress_fn)(void *user, int64_t nodes, double objective, double bound);

/** Sets the progress callback (NULL for none); `user` is handed to it. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_selection_set_progress(mvo_selection *selection, mvo_selection_progress_fn progress, void *user,
                                              mvo_error *error);

/** Asks a search running in another thread to stop; as mvo_solver_cancel. NULL allowed. Thread-safe. Since 0.2. */
MVO_API void mvo_selection_cancel(mvo_selection *selection);

/**
 * Searches for the least of the objective above, c being `linear` (n; NULL for zero: minimum variance), subject to
 * mu'w >= target where mu (n) is given (`target` is not read where it is NULL; costs and fees count in the objective, not
 * against the target). Utility: linear = -mu / risk_aversion, with fees in the same units.
 *
 * MVO_OPTIMAL: the portfolio is within the gap asked for. MVO_INFEASIBLE: proved, there is none. MVO_TIME_LIMIT,
 * MVO_ITERATION_LIMIT (nodes), MVO_CANCELLED: stopped, with the best portfolio found, if any, and the gap proved.
 * MVO_UNBOUNDED: without the limits on counts the objective falls without end. MVO_NUMERICAL: a relaxation had no
 * certificate; portfolio and bound are valid all the same, but the gap stays open. Allocates: a node of the tree takes n / 2 + 16 bytes.
 * Sources: Land & Doig (1960); Bienstock (1996); Chang, Meade, Beasley & Sharaiha (2000). Errors: NULL, NOT_FINITE,
 * MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_selection_minimise(mvo_outcome *outcome, mvo_selection *selection, const double *linear,
                                          const double *mu, double target, mvo_error *error);

/** Weights (n) of the best portfolio of the last search; zero means zero to the bit. Errors: NULL, STATE (none). Since 0.2. */
MVO_API mvo_status mvo_selection_weights(double *weights, const mvo_selection *selection);

/**
 * Figures of the last search: objective (infinity where no portfolio was found), lower bound of the objective over all
 * portfolios, gap (their difference over the sum of the sizes of the objective's terms at the portfolio, which for a
 * variance is the objective itself; infinity without a portfolio), nodes. Outputs may be NULL. Errors: NULL, STATE (no
 * search yet). Since 0.2.
 */
MVO_API mvo_status mvo_selection_result(double *objective, double *bound, double *gap, int64_t *nodes,
                                        const mvo_selection *selection);

/* ----------------------------------------------------------------------------------------- batches */

/*
 * Many accounts over one covariance and the same rows, that differ in what they expect, how much risk they bear and what
 * they may hold. The library starts no threads: give each thread of yours a solver of its own over the shared
 * covariance, and share the accounts out as you like (examples/batch.c). Account a's numbers stand in column a of each
 * matrix, so every thread is given the same arrays and a range of columns.
 */

/**
 * mvo_maximum_utility for the accounts first <= a < first + count, one after the other. Account a minimises
 * (risk_aversion_a / 2) w'Sigma w - mu_a'w + phi_a(w) subject to the solver's rows and to lower_a <= w <= upper_a, phi_a
 * being the solver's costs around the account's own holdings.
 *
 * In: mu (n-by-accounts, ld_mu >= n; NULL: every account asks mvo_minimum_variance and risk_aversion is not read),
 * risk_aversion (accounts, each >= 0), lower and upper (n-by-accounts, ld_bounds >= n; crossed ones make an account
 * MVO_INFEASIBLE), holdings (n-by-accounts, ld_holdings >= n). Where one of the last three is NULL every account of the
 * call has what stands on the solver when the call begins - and a call that was given them leaves those of its last
 * account there.
 * Out: weights (n-by-accounts, ld_weights >= n), outcomes (accounts), objectives (accounts; may be NULL). Only places of
 * the range are written; the weights and the objective of an account that is not MVO_OPTIMAL stay as they were.
 *
 * Each account starts cold, so its bits depend on its own columns and on what the solver has (covariance, rows, costs, options,
 * and the bounds or holdings that are NULL here), and on nothing else: not on the range it is in, the order of the calls,
 * or what was solved before. Whoever shares accounts out therefore gives every call the same arrays, or sets the solver's
 * bounds and holdings again before a call with NULL that follows one without. The solver is left with the answer of the
 * last account as well.
 * Iteration and time limits hold for each account; a cancelled account cancels those after it in the range. Bad
 * numbers anywhere in the range are found before the first solve (error: row = asset, column = account). Allocates
 * nothing. Errors: NULL, ARGUMENT (a leading dimension; risk_aversion < 0; a range that cannot be addressed),
 * NOT_FINITE (mu, risk_aversion, holdings; limits: NaN), LIMITS (lower = +inf, upper = -inf), STATE (holdings on a solver
 * without costs, as mvo_solver_set_holdings). Since 0.2.
 */
MVO_API mvo_status mvo_batch_maximum_utility(double *weights, size_t ld_weights, mvo_outcome *outcomes,
                                             double *objectives, mvo_solver *solver, size_t first, size_t count,
                                             const double *mu, size_t ld_mu, const double *risk_aversion,
                                             const double *lower, const double *upper, size_t ld_bounds,
                                             const double *holdings, size_t ld_holdings, mvo_error *error);

/* ------------------------------------------------------------------------ trading costs beyond kinks */

/*
 * Costs that grow faster than the trade: market impact, and the curve of a pool. A mvo_impact is one problem
 *
 *     minimise  1/2 w'Sigma w + c'w + phi(w) + sum_j psi_j(w_j - h_j)    over a constraint set,
 *
 * phi being the set's own piecewise-linear costs and each psi_j the sum of what is set for asset j below, around the same
 * holdings h. It is solved by Newton's method: quadratic models of the psi_j, whose curvature joins the diagonal of
 * Sigma, go to a solver inside, which starts warm; kinks - those of phi, and the fee and spread of a pool at no trade -
 * stay exact. Costs are in return units of the whole portfolio: 0.001 is a tenth of a per cent of its value.
 */
typedef struct mvo_impact mvo_impact;

/**
 * Makes a problem without costs of that kind yet, with c = 0. Takes a reference to `covariance` and a snapshot of
 * `constraints` with its costs and holdings. Memory is taken here: that of a solver, and of one dense matrix where Sigma
 * is dense. Errors: NULL, MISMATCH (sizes), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_impact_new(mvo_impact **impact, mvo_context *context, mvo_covariance *covariance,
                                  const mvo_constraints *constraints, mvo_error *error);

/** Frees it, solver and all, and gives the covariance back. NULL allowed. Since 0.2. */
MVO_API void mvo_impact_free(mvo_impact *impact);

/**
 * The solver inside, owned by `impact`; NULL for NULL. Move bounds, limits, options and the progress callback on it (limits
 * of time and iterations hold for each step), and read weights, multipliers and working set from it: after an optimum
 * they are those of the whole problem. Its linear term, holdings, costs of trading and covariance are the library's, and
 * its report is that of the last model. A budget row that pays its costs has its own limit to move. Since 0.2.
 */
MVO_API mvo_solver *mvo_impact_solver(mvo_impact *impact);

/** Sets the linear term c (n, copied; NULL for zero). Errors: NULL, NOT_FINITE. Since 0.2. */
MVO_API mvo_status mvo_impact_set_linear(mvo_impact *impact, const double *linear, mvo_error *error);

/** Moves the holdings h (n) that every cost is counted from. Errors: NULL, NOT_FINITE. Since 0.2. */
MVO_API mvo_status mvo_impact_set_holdings(mvo_impact *impact, const double *holdings, mvo_error *error);

/**
 * Quadratic impact, coefficient (w_j - h_j)^2, coefficient >= 0; 0 takes it away. With linear price impact, where trading
 * a share g of the portfolio moves the price by the share g k of itself, the cost of walking there is k/2 g^2.
 * Errors: NULL, ARGUMENT (asset; a negative coefficient), NOT_FINITE. Source: Kyle (1985). Since 0.2.
 */
MVO_API mvo_status mvo_impact_set_quadratic(mvo_impact *impact, size_t asset, double coefficient, mvo_error *error);

/**
 * The 3/2-power law, coefficient |w_j - h_j|^(3/2), coefficient >= 0; 0 takes it away. mvo_impact_power_coefficient makes
 * the coefficient from a market's figures. Errors as mvo_impact_set_quadratic. Since 0.2.
 */
MVO_API mvo_status mvo_impact_set_power(mvo_impact *impact, size_t asset, double coefficient, mvo_error *error);

/**
 * The coefficient of the 3/2-power law by the square-root rule: trading an amount X in a market that turns over V in a period
 * moves the price by factor volatility sqrt(X / V), so a portfolio of that value pays
 * factor volatility sqrt(value / volume) |trade|^(3/2)  of itself, trade being a weight. volatility (a standard deviation)
 * and volume (in the currency of `value`) are of the same period, a day by custom; factor is about 1 (0.5 to 1.5 by market).
 * Almgren, Thum, Hauptmann & Li (2005) measured an exponent of 3/5 where this rule has 1/2.
 * Sources: Barra (1997), Market impact model handbook; Grinold & Kahn (2000), ch. 16; Boyd et al. (2017), eq. 2.2.
 * Errors: NULL, NOT_FINITE, ARGUMENT (volatility, value or factor negative, volume not positive). Since 0.2.
 */
MVO_API mvo_status mvo_impact_power_coefficient(double *coefficient, double volatility, double volume, double value,
                                                double factor, mvo_error *error);

/**
 * Trades asset j against an automated pool, exactly. The pool holds cash_reserve of the currency the portfolio is counted
 * in and asset_reserve units of the asset, with its invariant cash^cash_share asset^asset_share; equal shares are a
 * constant product. `fee`, 0 <= fee < 1, is taken from what goes in. A unit of the asset counts `price` in the portfolio,
 * whose value is `value`: weight w is w value / price units. The cost is what the pool takes beyond that price, or gives
 * short of it: buying u units takes  cash_reserve ((asset_reserve / (asset_reserve - u))^r - 1) / (1 - fee) , r =
 * asset_share / cash_share, selling them gives  cash_reserve (1 - (asset_reserve / (asset_reserve + (1 - fee) u))^r) .
 * Near its price both sides cost; a pool far from `price` gains on one side, and the optimum takes that into account.
 * Purchases are held to less than the pool has. Both reserves 0 take the pool away; a pool serves one asset.
 * Sources: Angeris & Chitra (2020); Martinelli & Mushegian (2019), for weighted pools.
 * Errors: NULL, NOT_FINITE, ARGUMENT (asset; a reserve negative, or one alone zero; shares, price or value not positive),
 * OUT_OF_RANGE (fee). Since 0.2.
 */
MVO_API mvo_status mvo_impact_set_pool(mvo_impact *impact, size_t asset, double cash_reserve, double asset_reserve,
                                       double cash_share, double asset_share, double fee, double price, double value,
                                       mvo_error *error);

/**
 * Minimises the objective above. MVO_INFEASIBLE and MVO_UNBOUNDED are outcomes, and the solver inside has the proof. An
 * optimum is accepted by its certificate alone: stationarity of the whole problem, and the gap of Fenchel's dual, both
 * within MVO_OPTION_TOLERANCE of the solver inside; otherwise MVO_NUMERICAL. Starts warm; allocates nothing.
 * Sources: Chan, Golub & Mulet (1999), for the step in primal and dual variables together; Rockafellar (1970), section 31.
 * Errors: NULL. Since 0.2.
 */
MVO_API mvo_status mvo_impact_solve(mvo_outcome *outcome, mvo_impact *impact, mvo_error *error);

/** Weights (n) of the last solve, as mvo_solver_weights. Errors: NULL, STATE. Since 0.2. */
MVO_API mvo_status mvo_impact_weights(double *weights, const mvo_impact *impact);

/**
 * The report of the last solve: objective, dual objective and residuals are those of the whole problem (sums in plain
 * precision), rounds are Newton steps, pivots those of the solver inside, cost is phi and all psi_j together.
 * Errors: NULL, ARGUMENT (struct_size), STATE (no solve yet). Since 0.2.
 */
MVO_API mvo_status mvo_impact_report(mvo_report *report, const mvo_impact *impact);

/**
 * What moving from the holdings to these weights (n) costs, by kind: the set's piecewise-linear costs, quadratic
 * impact, the 3/2-power law, pools (infinite where a pool has not that much). Outputs may be NULL.
 * Errors: NULL, NOT_FINITE (weights). Since 0.2.
 */
MVO_API mvo_status mvo_impact_costs(double *piecewise, double *quadratic, double *power, double *pool,
                                    const mvo_impact *impact, const double *weights, mvo_error *error);

/**
 * The exact cost of walking an order book, as a ladder for mvo_constraints_set_cost. `bids` levels of bid_prices
 * (descending) and bid_sizes (units), `asks` of ask_prices (ascending) and ask_sizes; at least one of each, and the best bid
 * not above the best ask. A unit counts `price` in a portfolio of that `value` which holds the weight `holding` (give it as
 * origin too). breakpoints receives bids + asks - 1 and slopes bids + asks numbers: buying costs ask / price - 1 a unit
 * of weight, selling 1 - bid / price. Beyond the last level its price goes on; lower and upper (either may be NULL)
 * receive the weights at which the book ends, to be used as bounds.
 * Errors: NULL, ARGUMENT (no level, order, a price, size or value not positive, a size that is rounding beside the
 * weight), NOT_FINITE; error: row = level. Since 0.2.
 */
MVO_API mvo_status mvo_order_book_ladder(double *breakpoints, double *slopes, double *lower, double *upper, size_t bids,
                                         const double *bid_prices, const double *bid_sizes, size_t asks,
                                         const double *ask_prices, const double *ask_sizes, double price, double value,
                                         double holding, mvo_error *error);

/**
 * Adds a budget out of which proportional costs are paid,  sum_j w_j + buy_j (w_j - h_j)^+ + sell_j (h_j - w_j)^+ <= limit ,
 * with rates of n each, none negative (NULL for zero), and h the set's holdings at this call. It is an inequality, for with
 * = the set would not be convex: what is not spent stays cash, and an objective that prefers cash leaves some (its
 * multiplier is 0 then). From cash alone nothing is sold, and an ordinary row with coefficients 1 + buy_j can be an
 * equality. Named "budget". It is stored as the row of mvo_constraints_add_absolute_rates with above_j = 1 + buy_j, below_j =
 * sell_j - 1 and limit - sum h : that is the limit to move, and it has to be moved with the holdings.
 * Errors: NULL, NOT_FINITE (limit: NaN or -infinity), ARGUMENT (row = asset: a negative rate), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_add_budget_with_costs(int64_t *id, mvo_constraints *constraints, const double *buy,
                                                         const double *sell, double limit, mvo_error *error);

/* ---------------------------------------------------------------------------------- cost of capital */

/*
 * Borrowing is a cost of short positions (mvo_constraints_set_borrow_costs), funding of perpetual futures a part of their
 * mean, a margin loan an asset of its own, collateral a row. All rates are per period of the mean they meet: convert first.
 * Lengths of time are in any unit, the same one in a call.
 */

/** How a rate for one length of time becomes one for another. */
enum {
    MVO_SIMPLE_INTEREST = 0,  /**< in proportion: rate * to / from */
    MVO_COMPOUND_INTEREST = 1 /**< (1 + rate)^(to / from) - 1 */
};

/**
 * `count` rates told per `from` become rates per `to`: hours, 8 and 24, turn what is paid every eight hours into a day's.
 * converted may be rates. Errors: NULL, NOT_FINITE, ARGUMENT (a length <= 0, compounding, a rate <= -1 to compound).
 * Since 0.2.
 */
MVO_API mvo_status mvo_rates_convert(double *converted, size_t count, const double *rates, double from, double to,
                                     int32_t compounding, mvo_error *error);

/**
 * Expected returns per `period` (n) less the funding of perpetual futures, simple interest: after_j = mean_j - funding_j *
 * period / interval, with funding_j (n) paid by longs to shorts in each `interval` (negative: the reverse; 0 for assets that
 * are none). after may be mean. Errors: NULL, NOT_FINITE, ARGUMENT (a length <= 0). Since 0.2.
 */
MVO_API mvo_status mvo_mean_after_funding(double *after, size_t n, const double *mean, double period,
                                          const double *funding, double interval, mvo_error *error);

/**
 * A margin loan: asset `loan` becomes the amount borrowed, at least what gross exposure exceeds the equity by. Adds the row
 * sum_(j != loan) shares_j |w_j| - w_loan <= equity , named "margin loan", and keeps w_loan >= 0. shares (n, >= 0, NULL for
 * ones): the part of a position that has to be paid for. Give the loan no variance (a zero row in
 * mvo_covariance_new_derived), minus the interest per period as its mean, and no place in other rows: interest is then
 * rate * (gross - equity)^+ exactly. Errors: as mvo_constraints_add_row; ARGUMENT (loan, shares), LIMITS. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_add_margin_loan(int64_t *id, mvo_constraints *constraints, size_t loan,
                                                   double equity, const double *shares, mvo_error *error);

/**
 * Initial margin held against collateral after haircuts:  sum_j m_j |w_j| <= cash + sum_j (1 - haircut_j) (w_j)^+ - sum over
 * haircut_j < 1 of (-w_j)^+ . margins m (n, >= 0), haircuts (n, in [0, 1]): 1 for what is no collateral, a derivative among
 * them; a short position in a collateral asset is a debt and counts in full. Named "collateral".
 * Errors: as mvo_constraints_add_row, and ARGUMENT (margins, haircuts). Since 0.2.
 */
MVO_API mvo_status mvo_constraints_add_collateral(int64_t *id, mvo_constraints *constraints, const double *margins,
                                                  const double *haircuts, double cash, mvo_error *error);

/* --------------------------------------------------------------------- liquidation and venue limits */

/*
 * Weights are values of positions and equity E is in the same unit (1 for weights that are multiples of it). A shock s
 * (one simple return an asset, none below -1) makes the equity E + s'w; the venue liquidates where that is less than the
 * maintenance margin of the positions as marked then, sum_j m_j |w_j| (1 + s_j). Shocks stand in the columns of an
 * n-by-count matrix; a column of zeros asks for today's margin.
 */

/**
 * Adds a row for each of `count` shocks (n-by-count, ld >= n): the portfolio is not liquidated by it,
 * sum_j m_j (1 + s_j) |w_j| - s'w <= equity . margins m (n, >= 0); names may be NULL. ids (count, may be NULL) receives the
 * rows: mvo_solver_row_multiplier then tells which shocks bind, and what a unit of equity under each is worth (its negative
 * is the fall of the objective per unit). Errors: as mvo_constraints_add_row, and ARGUMENT (a shock < -1, margins, ld).
 * Since 0.2.
 */
MVO_API mvo_status mvo_constraints_add_liquidation(int64_t *ids, mvo_constraints *constraints, size_t count,
                                                   const double *shocks, size_t ld, const double *margins,
                                                   double equity, const char *const *names, mvo_error *error);

/**
 * How far a portfolio is from liquidation: the least multiple t of a shock beyond which it is liquidated, prices stopping
 * at nothing on the way (t s_j at -1). 1 or more exactly where neither today's margin nor the shock itself liquidates;
 * infinite where no multiple does. distance: the least of all shocks; scenario: its column (count if none has one);
 * by_scenario (count): of each; excess (count): equity less maintenance margin after each shock. Outputs may be NULL.
 * Needs no memory. Errors: NULL, NOT_FINITE, ARGUMENT (as above). Since 0.2.
 */
MVO_API mvo_status mvo_liquidation_distance(double *distance, size_t *scenario, double *by_scenario, double *excess,
                                            size_t n, const double *weights, size_t count, const double *shocks,
                                            size_t ld, const double *margins, double equity, mvo_error *error);

/** Each asset alone: in columns 2 j and 2 j + 1 of shocks (n-by-2n, ld >= n) it falls and rises by `sigmas` (>= 0) of its
    volatilities, falling no further than to nothing. Errors: NULL, NOT_FINITE, ARGUMENT (ld, sigmas). Since 0.2. */
MVO_API mvo_status mvo_shocks_by_asset(double *shocks, size_t ld, const mvo_covariance *covariance, double sigmas,
                                       mvo_error *error);

/**
 * Correlations gone to one: all assets move `sigmas` of their volatilities at once, falling in the first of two columns
 * (n-by-2, ld >= n) and rising in the second. direction (n, NULL for ones) gives each asset's sign, a beta for instance;
 * 0 stays. Errors: NULL, NOT_FINITE, ARGUMENT (ld, sigmas). Since 0.2.
 */
MVO_API mvo_status mvo_shocks_together(double *shocks, size_t ld, const mvo_covariance *covariance, double sigmas,
                                       const double *direction, mvo_error *error);

/**
 * Along the `count` <= n largest principal components: in columns 2 k and 2 k + 1 (n-by-2count, ld >= n) all assets move by
 * `sigmas` sqrt(lambda_k) v_k, first so that the asset moved most falls, then the other way. Errors: NULL, NOT_FINITE,
 * ARGUMENT (ld, sigmas, count), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_shocks_by_component(double *shocks, size_t ld, const mvo_covariance *covariance, size_t count,
                                           double sigmas, mvo_error *error);

/*
 * Adversaries by name. Each of these makes one shock, a column of n simple returns, from numbers that are yours: what may
 * happen, how far it goes, and what of each asset hangs on it (shares of its value; a vector that is NULL is zero). It is a
 * column for mvo_constraints_add_liquidation and mvo_liquidation_distance, with a probability an event of
 * mvo_scenarios_new_with_events, and times -1 one of mvo_covariance_new_events.
 */

/**
 * An oracle reports a price off by `deviation` (> -1) for long enough to be acted upon. Positions marked at it move with it:
 * marked_j in [-1, 1], negative for what is short. And it is borrowed against up to loan_to_value (in [0, 1]) of what the
 * collateral seems to be worth and left behind: of what is lent, a share lent_j of asset j, 1 - 1 / (loan_to_value
 * (1 + deviation)) is lost where that is positive. shock_j = marked_j deviation - lent_j lost, at least -1.
 * Errors: NULL (shock), NOT_FINITE, ARGUMENT. Since 0.2.
 */
MVO_API mvo_status mvo_shock_oracle(double *shock, size_t n, const double *marked, const double *lent, double deviation,
                                    double loan_to_value, mvo_error *error);

/**
 * A bridge loses a share `drained` of what backs its copies, and claims are paid pro rata: shock_j = -bridged_j drained, both
 * in [0, 1]. Errors: NULL (shock), NOT_FINITE, ARGUMENT. Since 0.2.
 */
MVO_API mvo_status mvo_shock_bridge(double *shock, size_t n, const double *bridged, double drained, mvo_error *error);

/**
 * A stablecoin falls (or rises) from its peg to `price` >= 0, in units of the peg. held_j in [-1, 1]: the share of asset j
 * that is the coin itself, negative where it is owed; pooled_j in [0, 1]: its weight in a pool of constant product (1/2) or
 * of weights, which fills with it: shock_j = held_j (price - 1) + price^pooled_j - 1, at least -1.
 * Errors: NULL (shock), NOT_FINITE (also a price for which a shock overflows: row = asset), ARGUMENT. Source: Evans (2020), for
 * pools. Since 0.2.
 */
MVO_API mvo_status mvo_shock_peg(double *shock, size_t n, const double *held, const double *pooled, double price,
                                 mvo_error *error);

/**
 * Validators collude: a share `slashed` of what is staked with them is burnt, staked_j of asset j (both in [0, 1]), and what
 * stands on their chain moves by `move` (>= -1), chain_j in [-1, 1] of asset j:
 * shock_j = (1 + chain_j move)(1 - staked_j slashed) - 1. Errors: NULL (shock), NOT_FINITE, ARGUMENT. Since 0.2.
 */
MVO_API mvo_status mvo_shock_validators(double *shock, size_t n, const double *staked, double slashed,
                                        const double *chain, double move, mvo_error *error);

/**
 * What can be traded: narrows the bounds to |w_j - h_j| <= participation * volume_j / value around the set's holdings h.
 * volume (n, >= 0): an asset's turnover in the time the trade may take, in the currency of `value` > 0, the portfolio's;
 * participation in [0, 1]. Errors: NULL, NOT_FINITE, ARGUMENT, LIMITS (a bound that cannot be reached), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_limit_participation(mvo_constraints *constraints, const double *volume,
                                                       double participation, double value, mvo_error *error);

/**
 * What can be sold again within `periods` at that participation, volume being of one period: narrows the bounds to |w_j| <=
 * participation * periods * volume_j / value. Errors as mvo_constraints_limit_participation. Since 0.2.
 */
MVO_API mvo_status mvo_constraints_limit_liquidity(mvo_constraints *constraints, const double *volume,
                                                   double participation, double periods, double value,
                                                   mvo_error *error);

/**
 * The answer of mvo_solver_solve in whole lots: trades w_j - h_j are multiples of lots_j and are zero or at least minimum_j
 * (n each, as weights; lots_j = 0: asset j is traded in any amount; minimum NULL for none). Relaxes and fixes: the weight
 * nearest to an order is fixed at it (at its other neighbour where the rest is infeasible then), the rest is solved again;
 * then orders change by single lots as long as the objective falls, twice around at most. All limits hold throughout. A
 * heuristic, deterministic: cost (may be NULL) is the objective less that of the relaxed optimum, so no rounding at all is
 * better by more than that. A budget that is an equality needs an asset without lots, cash for one. outcome is MVO_OPTIMAL
 * where a rounding was found; otherwise what the relaxed problem says, or MVO_INFEASIBLE where none was found, which is
 * no proof; rounded (n) and cost then stay as they were. The solver is left with its bounds and the relaxed answer.
 * Errors: NULL, NOT_FINITE, ARGUMENT (negative; a minimum without lots), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_round_to_lots(mvo_outcome *outcome, double *rounded, double *cost, mvo_solver *solver,
                                     const double *lots, const double *minimum, mvo_error *error);

/* --------------------------------------------------------------------- positions that are not assets */

/**
 * Expected simple returns of m positions in liquidity pools, fees apart, in closed form: pool i holds shares_ij of its value
 * in asset j (m-by-n, ld >= m, each row summing to 1: one half and one half for a constant product). log_covariance is that
 * of the assets' log returns, taken as normal; mean (n, > -1, NULL for zero) their expected simple returns. losses (m): the
 * impermanent loss, means less what holding the shares would earn, never positive. Outputs may be NULL. The risk of a
 * pool, to first order: its shares as holdings in mvo_covariance_new_derived.
 * Errors: NULL, NOT_FINITE, ARGUMENT (ld, shares, mean), MEMORY. Source: Evans (2020), "Liquidity provider returns in
 * geometric mean markets". Since 0.2.
 */
MVO_API mvo_status mvo_pool_means(double *means, double *losses, const mvo_covariance *log_covariance,
                                  const double *mean, size_t m, const double *shares, size_t ld, mvo_error *error);

/**
 * Derivative positions to second order: position a gains deltas_a'r + r'Gamma_a r / 2 when the n assets return r. For
 * normal r with covariance `given` and mean (n, NULL for zero) these are exact: means (m)  d'mu + mu'Gamma mu / 2 +
 * tr(Gamma Sigma) / 2 , covariances (m-by-m, ld >= m)  e_a'Sigma e_b + tr(Gamma_a Sigma Gamma_b Sigma) / 2  with
 * e = d + Gamma mu. Of a position that is not quadratic it is an approximation for small moves. deltas (m-by-n, ld_deltas >=
 * m): value per unit return; gammas: m symmetric n-by-n matrices one after the other. Outputs may be NULL; the matrix is
 * ready for mvo_covariance_new_dense. Errors: NULL, NOT_FINITE, ARGUMENT (ld, an asymmetric gamma), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_delta_gamma(double *means, double *covariances, size_t ld, const mvo_covariance *given,
                                   const double *mean, size_t m, const double *deltas, size_t ld_deltas,
                                   const double *gammas, mvo_error *error);

/**
 * Caps on what stands at each of `count` places - protocols, chains, bridges, issuers -: adds the rows
 * sum_j incidence_gj |w_j| <= caps_g . incidence (count-by-n, ld >= count, >= 0): 1 where asset j hangs on place g, 0 where
 * not, or a part. names may be NULL; ids (count, may be NULL) receives the rows.
 * Errors: as mvo_constraints_add_row, and ARGUMENT (row, column). Since 0.2.
 */
MVO_API mvo_status mvo_constraints_add_exposure_caps(int64_t *ids, mvo_constraints *constraints, size_t count,
                                                     const double *incidence, size_t ld, const double *caps,
                                                     const char *const *names, mvo_error *error);

/** The same from labels (n): the place of each asset, 0 .. count - 1, or -1 for none. Since 0.2. */
MVO_API mvo_status mvo_constraints_add_label_caps(int64_t *ids, mvo_constraints *constraints, size_t count,
                                                  const int32_t *labels, const double *caps, const char *const *names,
                                                  mvo_error *error);

/**
 * Labels one level up: labels_j = next[of_j], or -1 where of_j is -1. From the protocol of each asset (of: n, below count)
 * and the chain of each protocol (next: count) to the chain of each asset, and so on to bridges. labels may be `of`.
 * Errors: NULL, ARGUMENT (a label out of range). Since 0.2.
 */
MVO_API mvo_status mvo_labels_through(int32_t *labels, size_t n, const int32_t *of, size_t count, const int32_t *next,
                                      mvo_error *error);

/* --------------------------------------------------------------------------------------- rebalancer */

/*
 * A portfolio that is kept by itself: at each tick prices come in, holdings drift with them, the forecast moves on, and the
 * answer says what to trade, what that costs, and whether to trade at all. It maximises, within the limits of a constraint
 * set around the drifted holdings h (weights, fractions of the equity),
 *
 *     P (mu'w - risk_aversion / 2 w'Sigma w - borrow'(-w)^+) - phi(w - h) ,
 *
 * phi being the set's costs of trading and its ladders, paid once, and P the periods a position is meant to be held. The kinks
 * of phi are the no-trade region: an asset whose trade does not pay stays where it is, to the bit.
 *
 * What goes wrong has a name and a rule (the outcomes below). In every case but the first three the last good portfolio
 * stands, nothing is to be traded, and the next tick begins anew:
 *
 * - Data are refused by asset and reason: missing or not finite, not positive, too old, unchanged too often, a move beyond so
 *   many standard deviations. A tick refused changes neither holdings nor forecast, so that the next good one spans both: its
 *   returns, and carry and borrowing, at the rates of then, for all the ticks spanned.
 * - Limits that contradict each other give way by class (mvo_rebalancer_set_priority), a class to those of lower number, which
 *   count for more: each proof that it cannot be met beside them names limits, and those of the class give way by just what
 *   voids the proof. Class 0 never yields; limits of it that contradict each other are a conflict.
 * - A forecast of the caller's model that is not finite, not symmetric or not semidefinite is refused.
 * - A solve that is stopped is late - MVO_OPTION_TIME_LIMIT of the solver inside is the deadline of a tick -, and one that finds
 *   no certified optimum has failed; so has one whose trades would cost the whole equity (a pool drained).
 * - When the equity is gone prices are still followed, and the stream is fed, until there is a new one.
 *
 * All memory is taken when it is made (but see mvo_solver_new): a tick allocates nothing, takes no lock and reads no clock
 * unless there is a time limit. Its answers depend on the calls since it was made (or restored) alone, to the bit. One thread
 * at a time.
 */
typedef struct mvo_rebalancer mvo_rebalancer;

/** Flags of mvo_rebalancer_new, combined with `|`. */
enum {
    MVO_REBALANCER_IMPACT = 1 /**< room for costs beyond kinks: mvo_rebalancer_impact */
};

/**
 * Makes a rebalancer over a snapshot of `constraints` with its costs; its holdings are the portfolio to begin with. `stream`
 * makes the forecast. It belongs to the rebalancer from then on, which feeds it and frees it, unless the call fails; it may
 * have seen the past already. Errors: NULL, ARGUMENT (flags), MISMATCH (sizes), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_new(mvo_rebalancer **rebalancer, mvo_context *context, mvo_stream *stream,
                                      const mvo_constraints *constraints, int32_t flags, mvo_error *error);

/** Frees it, stream and solver and all. NULL allowed. Since 0.2. */
MVO_API void mvo_rebalancer_free(mvo_rebalancer *rebalancer);

/** Number of assets n; 0 for NULL. Since 0.2. */
MVO_API size_t mvo_rebalancer_size(const mvo_rebalancer *rebalancer);

/**
 * The solver inside, owned by `rebalancer`; NULL for NULL. Move bounds, limits of rows (crossed ones too), rates of costs,
 * options and the progress callback on it between ticks, and read multipliers, working set and certificate from it: those of
 * the last solve, in units of the objective above. Limits of time and iterations hold for the whole of a tick; an iteration
 * limit stops at the same place wherever it runs, a time limit does not. Its linear term, holdings and covariance are the
 * rebalancer's. With MVO_REBALANCER_IMPACT it is the solver inside the impact; rates of trading are then the set's, and the
 * certificate is the impact's. Since 0.2.
 */
MVO_API mvo_solver *mvo_rebalancer_solver(mvo_rebalancer *rebalancer);

/**
 * The problem with costs beyond kinks inside, owned by `rebalancer`: set impact and pools on it between ticks, in units of
 * the equity as it is then. Its report is the certificate. NULL without MVO_REBALANCER_IMPACT. Since 0.2.
 */
MVO_API mvo_impact *mvo_rebalancer_impact(mvo_rebalancer *rebalancer);

/**
 * The covariance that the last solve used (a young stream's: not yet made, zero), owned by `rebalancer` and overwritten by
 * the tick after next; NULL for NULL. Since 0.2.
 */
MVO_API const mvo_covariance *mvo_rebalancer_covariance(const mvo_rebalancer *rebalancer);

/** Options of a rebalancer. */
enum {
    MVO_REBALANCER_RISK_AVERSION = 1, /**< real, > 0: 1 by default */
    MVO_REBALANCER_VOLATILITY_TARGET = 2, /**< real: risk aversion is raised (by up to 2^20) until the forecast volatility,
                                               per period, is no more than this; infinity by default */
    MVO_REBALANCER_HOLDING_PERIODS = 3, /**< real, > 0: P above, 1 by default */
    MVO_REBALANCER_AGE_LIMIT = 4,     /**< real: the oldest a price may be, in the units of `ages`; infinity by default */
    MVO_REBALANCER_OUTLIER_SIGMAS = 5, /**< real, > 0: the largest return, in its own forecast volatility times the root of
                                            the ticks since the last good price; infinity by default. A return refused is
                                            believed when the very next tick is no further from it than so many volatilities.
                                            None beyond 1e100 is */
    MVO_REBALANCER_GUARD_SLICE = 6,   /**< real in (0, 1]: see mvo_rebalancer_set_guard_seed; 1 by default */
    MVO_REBALANCER_GUARD_DELAY = 7,   /**< integer: likewise; 0 by default */
    MVO_REBALANCER_UNCHANGED_LIMIT = 8, /**< integer: ticks on end with the price of the tick before, to the bit, from which it is
                                             stale, ticks refused for another asset included; 0 (default): never */
    MVO_REBALANCER_WARM_UP = 9,       /**< integer: periods the stream must have seen; 20 by default */
    MVO_REBALANCER_MEANS = 10,        /**< integer: MVO_MEANS_ZERO (default) or MVO_MEANS_STREAM */
    MVO_REBALANCER_BAD_DATA = 11,     /**< integer: MVO_BAD_DATA_REFUSE (default) or MVO_BAD_DATA_FREEZE */
    MVO_REBALANCER_FILLS = 12         /**< integer: MVO_FILLS_AS_ASKED (default) or MVO_FILLS_CONFIRMED */
};

/** Values of MVO_REBALANCER_MEANS: what returns are expected, before carry. */
enum {
    MVO_MEANS_ZERO = 0,  /**< none: the least risky portfolio that is worth its costs */
    MVO_MEANS_STREAM = 1 /**< the means of the stream */
};

/** Values of MVO_REBALANCER_BAD_DATA. */
enum {
    MVO_BAD_DATA_REFUSE = 0, /**< one bad price refuses the tick */
    MVO_BAD_DATA_FREEZE = 1  /**< an asset with a bad price is treated as halted in this tick, if others have good ones */
};

/** Values of MVO_REBALANCER_FILLS. */
enum {
    MVO_FILLS_AS_ASKED = 0, /**< trades count as made at the tick's prices and for the cost told */
    MVO_FILLS_CONFIRMED = 1 /**< trades count as made when mvo_rebalancer_fill says so */
};

/** Sets a real option. Errors: NULL, ARGUMENT (unknown or integer option), NOT_FINITE (NaN), OUT_OF_RANGE. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_set_real(mvo_rebalancer *rebalancer, int32_t option, double value, mvo_error *error);

/** Sets an integer option. Errors: NULL, ARGUMENT (unknown or real option), OUT_OF_RANGE. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_set_integer(mvo_rebalancer *rebalancer, int32_t option, int64_t value,
                                              mvo_error *error);

/** Reads a real option. Errors: NULL, ARGUMENT. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_real(double *value, const mvo_rebalancer *rebalancer, int32_t option,
                                       mvo_error *error);

/** Reads an integer option. Errors: NULL, ARGUMENT. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_integer(int64_t *value, const mvo_rebalancer *rebalancer, int32_t option,
                                          mvo_error *error);

/** Range and default of an option, real or integer; outputs may be NULL. Errors: ARGUMENT. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_option_range(double *least, double *most, double *standard, int32_t option);

/**
 * The crowding guard, off by default. Desks that run the same rules on the same data want to trade in the same minute and
 * pay each other's impact. With MVO_REBALANCER_GUARD_DELAY = d a wish to trade is put off by 0 to d ticks, at random, and
 * asked anew then; with MVO_REBALANCER_GUARD_SLICE = s only a random share from s to 1 of all trades is made, the rest
 * being left to later ticks. A drifted portfolio that breaks a limit is mended in full and at once. It spreads trades in
 * time at the price of holding a worse portfolio meanwhile; it is no defence against someone who watches, and draws
 * (splitmix64) from the seed alone: give each desk its own. Errors: NULL. Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_set_guard_seed(mvo_rebalancer *rebalancer, uint64_t seed, mvo_error *error);

/** Parts of a forecast, combined with `|`. */
enum {
    MVO_FORECAST_MEAN = 1,        /**< expected returns per period */
    MVO_FORECAST_VOLATILITY = 2,  /**< standard deviations per period */
    MVO_FORECAST_CORRELATION = 4, /**< correlations: with the volatilities they make the covariance */
    MVO_FORECAST_COVARIANCE = 8   /**< the covariance itself, alone or with the mean */
};

/**
 * The caller's model, asked once a tick after the stream has taken the returns in: mean and volatility have n numbers,
 * matrix is the n-by-n correlation or covariance (column-major, ld). Each holds the stream's own forecast and may be written
 * over; what was not asked for in `parts` is NULL. A nonzero answer refuses to forecast. Must not call the rebalancer.
 */
typedef int32_t (*mvo_forecast_fn)(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld);

/**
 * Sets the model (NULL for none) and the parts of the forecast that it makes; `user` is handed to it. What it says is
 * checked: finite, symmetric and semidefinite as in mvo_covariance_new_dense and mvo_covariance_new_correlation. Errors:
 * NULL, ARGUMENT (parts; parts but the mean where the stream is a window of less than n / 2, which has no matrix).
 * Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_set_model(mvo_rebalancer *rebalancer, mvo_forecast_fn model, void *user,
                                            int32_t parts, mvo_error *error);

/**
 * What holding costs by itself: rates (n, NULL for zero) per period on each weight, positive where longs pay - the funding of
 * perpetual futures, a fee. They are taken off the mean, and off the equity at each tick that has a return, for those refused
 * before it too. Errors: NULL, NOT_FINITE, ARGUMENT (a rate larger in size than 1e100). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_set_carry(mvo_rebalancer *rebalancer, const double *carry, mvo_error *error);

/** Whether an asset can be traded. */
enum {
    MVO_ASSET_TRADED = 0, /**< as usual */
    MVO_ASSET_HALTED = 1, /**< its weight stays as it has drifted, whatever its bounds; its price may be missing */
    MVO_ASSET_CLOSED = 2  /**< delisted, with a way out: its weight goes to zero, whatever its bounds, and stays there; once
                               it is zero its price may be missing. Without a way out it is halted, and when it is worth
                               nothing mvo_rebalancer_set_holdings says so */
};

/**
 * Says whether an asset can be traded, from the next tick on. A price that is missing counts as unchanged: the return over
 * the whole gap is that of the tick that ends it (previous-tick rule; volatility looks smaller meanwhile).
 * Errors: NULL, ARGUMENT (asset, state). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_set_asset(mvo_rebalancer *rebalancer, size_t asset, int32_t state, mvo_error *error);

/**
 * The class of a limit that may be relaxed: kind (MVO_CONFLICT_ROW or MVO_CONFLICT_BOUND) and id (a row's id, an asset's
 * index) say of what, both of whose limits it concerns. Class 0, that of all to begin with, never yields; the highest class
 * yields first, each limit that a proof names by `unit` > 0 (from 2^-500 = 3.06e-151 to 2^500 = 3.27e150) times the same
 * amount: 1 where weights are added up. Limits that cross meet in their middle. Errors: NULL, ARGUMENT (kind, asset, class,
 * unit), NOT_FOUND, NOT_FINITE (unit). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_set_priority(mvo_rebalancer *rebalancer, int32_t kind, int64_t id, int32_t priority,
                                               double unit, mvo_error *error);

/**
 * Sets holdings (n weights, no larger in size than 1e100) and the value of the equity (> 0, from 2^-1000 = 9.34e-302 to 2^1000 =
 * 1.07e301, in any unit; 1 to begin with): after a deposit, or where they were traded otherwise. They are as of the last good
 * prices, and have paid what holding cost until now. Errors: NULL, NOT_FINITE, ARGUMENT (holdings, value). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_set_holdings(mvo_rebalancer *rebalancer, const double *holdings, double value,
                                               mvo_error *error);

/**
 * With MVO_FILLS_CONFIRMED: trades (n, changes of weight in units of the last tick's equity, tick.value, or of that which
 * mvo_rebalancer_set_holdings has told since) that were made, and what they cost as a fraction of it. In as many parts as they
 * came: costs add up. Errors: NULL, NOT_FINITE, ARGUMENT (a trade, or the weight after it, larger in size than 1e100; costs that
 * add up to the whole equity; a cost below -1e100), STATE (fills count as asked). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_fill(mvo_rebalancer *rebalancer, const double *trades, double cost, mvo_error *error);

/** What a tick came to. */
enum {
    MVO_TICK_TRADE = 0,    /**< there is something to trade: mvo_rebalancer_trades */
    MVO_TICK_STAY = 1,     /**< the holdings are the best portfolio, given what trading costs */
    MVO_TICK_WAIT = 2,     /**< the crowding guard puts trading off: there is a new target, and nothing to be traded yet */
    MVO_TICK_WARM_UP = 3,  /**< the stream has not seen enough yet */
    MVO_TICK_DATA = 4,     /**< the data were refused, or take the equity or a weight beyond all numbers: reason, asset, figure */
    MVO_TICK_FORECAST = 5, /**< the model's forecast was refused: reason, asset, figure */
    MVO_TICK_CONFLICT = 6, /**< hard limits contradict each other: mvo_rebalancer_conflict */
    MVO_TICK_LATE = 7,     /**< the solve was stopped: solve says by what */
    MVO_TICK_FAILED = 8,   /**< no certified optimum: solve says what was found; or MVO_REASON_COST */
    MVO_TICK_RUINED = 9    /**< the equity is gone; so it stays until mvo_rebalancer_set_holdings */
};

/** Why data, a forecast or trades were refused. */
enum {
    MVO_REASON_NONE = 0,
    MVO_REASON_NOT_FINITE = 1,       /**< NaN - missing - or infinite */
    MVO_REASON_NOT_POSITIVE = 2,     /**< a price of zero or less, a return of -1 or less; a negative volatility or variance */
    MVO_REASON_OUTLIER = 3,          /**< figure: the return; limit: the largest believed. A model's mean beyond 1e100 */
    MVO_REASON_AGE = 4,              /**< figure: the age (negative ones and NaN are refused too) */
    MVO_REASON_UNCHANGED = 5,        /**< figure: ticks with the same price */
    MVO_REASON_MODEL = 6,            /**< the model refused to forecast; figure: its answer */
    MVO_REASON_NOT_SYMMETRIC = 7,    /**< figure: the larger of two elements that differ; not a correlation at all */
    MVO_REASON_NOT_SEMIDEFINITE = 8, /**< figure: the smallest eigenvalue */
    MVO_REASON_COST = 9              /**< MVO_TICK_FAILED: the trades cost all the equity, or more; figure: how many times it */
};

/**
 * What a tick came to. Yours; initialise it with MVO_TICK_INIT. Figures that do not apply are 0, asset -1. Later versions
 * append members; struct_size tells the library how many you have.
 */
typedef struct mvo_tick {
    int64_t struct_size;   /**< sizeof(mvo_tick) */
    int64_t outcome;       /**< MVO_TICK_... */
    int64_t number;        /**< of the tick, counted from 1 */
    int64_t reason;        /**< MVO_REASON_... why the tick was refused; where it was not, of the first bad asset that was frozen */
    int64_t asset;         /**< the first asset concerned by it, or -1 */
    int64_t other;         /**< with an element of a matrix: its column; else -1 */
    int64_t bad;           /**< assets whose data were refused, whatever the reason told */
    int64_t frozen;        /**< assets whose weight was fixed */
    int64_t relaxed;       /**< limits that gave way: mvo_rebalancer_relaxed */
    int64_t solve;         /**< mvo_outcome of the solve; -1 if there was none */
    int64_t solves;        /**< how many problems were solved */
    int64_t rounds;        /**< rounds of block pivoting (or Newton steps) and ... */
    int64_t pivots;        /**< ... working-set changes one by one, in all */
    int64_t trades;        /**< assets to trade: now, or with MVO_TICK_WAIT once the guard lets them */
    int64_t delay;         /**< ticks the guard still waits */
    double figure, limit;  /**< what was refused, and what it was held against */
    double growth;         /**< equity after over before this tick's returns, carry and borrowing */
    double value;          /**< of the equity, after costs */
    double cost;           /**< of the trades, once, as a fraction of the equity */
    double turnover;       /**< of the trades, two-way */
    double gain;           /**< what the target's objective is above that of the holdings, per holding period and net of costs */
    double expected_return; /**< of the target, after carry and before costs and borrowing */
    double volatility;     /**< of the target */
    double risk_aversion;  /**< used: more than asked for where there is a volatility target */
    double slice;          /**< share of the trades that the guard lets through */
} mvo_tick;

/** Initialiser: mvo_tick tick = MVO_TICK_INIT; */
#define MVO_TICK_INIT \
    { (int64_t)sizeof(mvo_tick), 0, 0, 0, -1, -1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 }

/**
 * One tick: prices (n; NaN for a missing one) and how old each is (ages: n, in any unit; NULL where that is not judged).
 * The first good prices are where returns begin. That something is wrong with them is no error but an outcome. Allocates
 * nothing. Errors: NULL, ARGUMENT (struct_size), STATE (a rebalancer that was given returns). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_tick(mvo_tick *tick, mvo_rebalancer *rebalancer, const double *prices,
                                       const double *ages, mvo_error *error);

/** The same with simple returns since the last tick that was not refused (n; NaN for a missing one). Errors as above, STATE
    (one that was given prices). Since 0.2. */
MVO_API mvo_status mvo_rebalancer_tick_returns(mvo_tick *tick, mvo_rebalancer *rebalancer, const double *returns,
                                               const double *ages, mvo_error *error);

/** The last good portfolio (n): the target of the last tick that came to MVO_TICK_TRADE, MVO_TICK_STAY or MVO_TICK_WAIT, as a
    fraction of the equity then; the holdings before the first. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_weights(double *weights, const mvo_rebalancer *rebalancer);

/** What the last tick wants traded (n, changes of weight): zero unless it was MVO_TICK_TRADE. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_trades(double *trades, const mvo_rebalancer *rebalancer);

/** The holdings now (n weights): drifted, and after what counts as filled. Errors: NULL. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_holdings(double *holdings, const mvo_rebalancer *rebalancer);

/**
 * Limit k of those the last tick relaxed, k < tick.relaxed: kind and id as in mvo_rebalancer_set_priority, side
 * (MVO_AT_LOWER or MVO_AT_UPPER), the limit, and where it went. Outputs may be NULL. Errors: NULL, ARGUMENT (k). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_relaxed(int32_t *kind, int64_t *id, int32_t *side, double *limit, double *relaxed,
                                          const mvo_rebalancer *rebalancer, size_t k);

/** After MVO_TICK_CONFLICT: an irreducible conflict, as mvo_solver_conflict. Allocates. Errors as there. Since 0.2. */
MVO_API mvo_status mvo_rebalancer_conflict(mvo_conflict **conflict, mvo_rebalancer *rebalancer, mvo_error *error);

/**
 * The last tick in one line of words, by the names of the set ("data refused: asset 'LUNA': price is NaN"), zero-terminated
 * and cut to `size` bytes. What a saved state holds is no tick. Allocates nothing. Errors: NULL, ARGUMENT (size = 0). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_describe(char *text, size_t size, const mvo_rebalancer *rebalancer);

/**
 * Writes what ticks have made of it - holdings, equity, what it remembers of prices, stream and forecast, draws of the guard -
 * as bytes: *needed (may be NULL if `state` is not) receives their number, and `state`, of `size` bytes, the bytes. Call it
 * with state = NULL and size = 0 to learn the size first. The next solve starts cold, so that a rebalancer restored from
 * here gives the same bits as this one. For the same version of the library on the same kind of machine; a checksum is
 * among them. Allocates nothing. Errors: NULL, ARGUMENT (size). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_save(void *state, size_t size, size_t *needed, mvo_rebalancer *rebalancer,
                                       mvo_error *error);

/**
 * Goes on from a saved state, in a rebalancer made alike: the same assets, and a stream of the same kind. What the caller has
 * set - limits, rates, options, classes, states of assets, carry, model - is not part of it: set it as it was. Allocates
 * nothing. Errors: NULL, ARGUMENT (no state, another version, damaged, cut off), MISMATCH (made differently). Since 0.2.
 */
MVO_API mvo_status mvo_rebalancer_restore(mvo_rebalancer *rebalancer, const void *state, size_t size, mvo_error *error);

/* ----------------------------------------------------------------------- attribution and sensitivity */

/**
 * Risk by group: totals (groups) are the sums of total_i of mvo_covariance_risk_contributions over the assets with
 * label_i = g; label (n), -1 for an asset in none. They add up to the volatility where every asset is in a group.
 * Errors: NULL, ARGUMENT (label), NOT_FINITE (weights), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_group_contributions(double *totals, const mvo_covariance *covariance, const double *weights,
                                           size_t groups, const int32_t *label, mvo_error *error);

/**
 * Risk by factor: exposures b = B'w (k) to factors on which the assets load by B (n-by-k, ld_loadings >= n), and their part
 * totals_f = b_f (Omega b)_f / volatility (k) of the volatility of w; *specific is what is left of it. factor_covariance:
 * Omega (k-by-k, ld_factor >= k), that of the model Sigma = B Omega B' + diag. With NULL (any Sigma) the
 * factors' returns are those of the regression of the assets' returns on B, (B'B)^-1 B'r, and totals_f is
 * b_f times their covariance with the portfolio's return / volatility. Outputs may be NULL; a riskless portfolio has zero
 * contributions. Source: Menchero & Davis (2011).
 * Errors: NULL, ARGUMENT (k > n, leading dimensions), NOT_FINITE, SINGULAR (dependent loadings, where they are regressed
 * on), MEMORY. Since 0.2.
 */
MVO_API mvo_status mvo_factor_contributions(double *exposures, double *totals, double *specific,
                                            const mvo_covariance *covariance, const double *weights, size_t k,
                                            const double *loadings, size_t ld_loadings, const double *factor_covariance,
                                            size_t ld_factor, mvo_error *error);

/**
 * Profit of a portfolio in each scenario, the rows of a scenarios-by-n table of returns (ld >= scenarios): profits
 * (scenarios) = returns w, and by_asset (scenarios-by-n, ld_by_asset >= scenarios) its parts returns_tj w_j. One of the
 * outputs may be NULL. Losses are negative. Errors: NULL, ARGUMENT (leading dimensions), NOT_FINITE. Since 0.2.
 */
MVO_API mvo_status mvo_scenario_profits(double *profits, double *by_asset, size_t ld_by_asset, size_t scenarios, size_t n,
                                        const double *returns, size_t ld, const double *weights, mvo_error *error);

/**
 * How the optimal weights and multipliers of a solver's last answer move with its data: the KKT matrix of the working set,
 * factorised once. Immutable, reference-counted, shared between threads; independent of the solver afterwards.
 */
typedef struct mvo_sensitivity mvo_sensitivity;

/**
 * From an answer MVO_OPTIMAL of mvo_solver_solve, mvo_minimum_variance, mvo_maximum_utility (risk_aversion > 0),
 * mvo_minimum_tracking_error, or mvo_minimum_variance_at_return without costs (its target stays). The objective is
 *
 *     delta / 2 w'Sigma w + c'w + phi(w) ,   delta = risk_aversion and c = -mu where the question has them, else delta = 1,
 *
 * with a tracking error's c = -Sigma b. Weights resting on a breakpoint of their cost count as held there, and so do weights
 * at a bound that lies on one: that bound does not move. Memory is O((free weights + active rows)^2 + mn).
 * Errors: NULL, STATE (no such answer, or data of the solver were changed since), SINGULAR (the weights are not unique),
 * MEMORY. Source: Fiacco (1983). Since 0.2.
 */
MVO_API mvo_status mvo_sensitivity_new(mvo_sensitivity **sensitivity, const mvo_solver *solver, mvo_error *error);

/** Takes another reference; returns `sensitivity`. NULL allowed. Thread-safe. Since 0.2. */
MVO_API mvo_sensitivity *mvo_sensitivity_ref(mvo_sensitivity *sensitivity);

/** Gives a reference back; the last one frees it. NULL allowed. Thread-safe. Since 0.2. */
MVO_API void mvo_sensitivity_unref(mvo_sensitivity *sensitivity);

/**
 * 1 where derivatives are one-sided: a limit holds without multiplier, a weight or a row rests on a limit (or a breakpoint)
 * that the working set does not hold, or active rows repeat each other (to 1e-10 of the scale of the data). 0 otherwise and
 * for NULL. Since 0.2.
 */
MVO_API int32_t mvo_sensitivity_degenerate(const mvo_sensitivity *sensitivity);

/**
 * Derivatives along a direction of the data: of the weights (n), the rows' multipliers (m) and the bounds' (n); outputs may
 * be NULL. The direction: linear (n) of c, which is minus that of mu; covariance, symmetric n-by-n (ld >= n, the lower
 * triangle is read) of Sigma; risk_aversion of delta; row_limits (m) and bounds (n) of the limits that hold (others count for
 * nothing). NULL: does not move. For a direction of Sigma that is not at hand as a matrix, give delta times its
 * product with the weights as linear.
 * Where the answer is degenerate these are the one-sided derivatives, by a small quadratic programme over the critical cone
 * (a solver is made for it). Allocates.
 * Errors: NULL, ARGUMENT (ld), NOT_FINITE, OUT_OF_RANGE (degenerate: a step in this direction leaves no portfolio),
 * SINGULAR (degenerate: no finite rate, or none found), MEMORY. Source: Robinson (1980). Since 0.2.
 */
MVO_API mvo_status mvo_sensitivity_forward(double *weights, double *rows, double *multipliers,
                                           const mvo_sensitivity *sensitivity, const double *linear,
                                           const double *covariance, size_t ld, double risk_aversion,
                                           const double *row_limits, const double *bounds, mvo_error *error);

/**
 * Derivatives of a loss whose derivative with respect to the weights is `gradient` (n): with respect to c (linear, n; minus
 * that for mu), Sigma, delta, the limits that hold of rows (row_limits, m) and of weights (bounds, n; zero elsewhere). For
 * Sigma the vector u (covariance, n) is given: the derivative is the symmetric matrix -1/2 (u w' + w u'). Outputs may be
 * NULL. Where the answer is degenerate these hold on its working set. Allocates. Errors: NULL, NOT_FINITE, MEMORY.
 * Since 0.2.
 */
MVO_API mvo_status mvo_sensitivity_adjoint(double *linear, double *covariance, double *risk_aversion, double *row_limits,
                                           double *bounds, const mvo_sensitivity *sensitivity, const double *gradient,
                                           mvo_error *error);

#ifdef __cplusplus
}
#endif

#endif /* MVO_MVO_H */

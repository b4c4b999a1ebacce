/* SPDX-License-Identifier: MIT */
/*
 * The accounts of ../batch.c spread over the ranks of an MPI program: the covariance goes to every rank, each account
 * to one of them, and the weights come back to rank 0, which solves everything again by itself and compares the bits.
 *
 *     make mpi-example, then mpirun -n 2 build/examples/mpi/batch_mpi [ACCOUNTS [ASSETS]]
 */
#include <mvo/mvo.h>

#include "../support/accounts.h"

#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, ranks;

/* A rank that cannot go on takes the others with it: they would wait for ever. */
static void require(int fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "batch_mpi: rank %d: %s\n", rank, what);
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    exit(EXIT_FAILURE);
}

static void require_ok(mvo_status status, const mvo_error *error)
{
    require(status == MVO_OK, error->message);
}

/* The first account of a rank; of `ranks`, the number of accounts. */
static size_t first_of(size_t count, int of)
{
    return count * (size_t)of / (size_t)ranks;
}

/* Where each rank's part begins and how long it is, in numbers, with `each` numbers to an account. */
static void share_out(int *begins, int *lengths, size_t count, size_t each)
{
    for (int r = 0; r < ranks; r++) {
        begins[r] = (int)(first_of(count, r) * each);
        lengths[r] = (int)(first_of(count, r + 1) * each) - begins[r];
    }
}

/* Solves all accounts at hand. */
static void solve(double *weights, mvo_outcome *outcomes, const accounts *desk)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    const size_t n = desk->n;
    require_ok(mvo_covariance_new_dense(&covariance, NULL, n, desk->sigma, n, MVO_CHECK_ALL, &error), &error);
    require_ok(mvo_constraints_new_long_only(&rules, NULL, n, &error), &error);
    require_ok(mvo_constraints_set_trading_costs(rules, desk->rate, desk->rate, &error), &error);
    require_ok(mvo_solver_new(&solver, NULL, covariance, rules, &error), &error);
    require_ok(mvo_batch_maximum_utility(weights, n, outcomes, NULL, solver, 0, desk->count, desk->mu, n,
                                         desk->risk_aversion, NULL, desk->upper, n, desk->holdings, n, &error),
               &error);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
}

static void *claim(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    require(memory != NULL, "not enough memory");
    return memory;
}

/* Rank 0's numbers to where they are needed. */
static void scatter(accounts *mine, const accounts *desk, int *begins, int *lengths)
{
    const size_t n = mine->n, count = desk->count;
    const int own = (int)mine->count, wide = (int)(mine->count * n);
    MPI_Bcast(mine->sigma, (int)(n * n), MPI_DOUBLE, 0, MPI_COMM_WORLD);
    MPI_Bcast(mine->rate, (int)n, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    share_out(begins, lengths, count, n);
    MPI_Scatterv(desk->mu, lengths, begins, MPI_DOUBLE, mine->mu, wide, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    MPI_Scatterv(desk->upper, lengths, begins, MPI_DOUBLE, mine->upper, wide, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    MPI_Scatterv(desk->holdings, lengths, begins, MPI_DOUBLE, mine->holdings, wide, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    share_out(begins, lengths, count, 1);
    MPI_Scatterv(desk->risk_aversion, lengths, begins, MPI_DOUBLE, mine->risk_aversion, own, MPI_DOUBLE, 0,
                 MPI_COMM_WORLD);
}

/* Whether rank 0 by itself finds the same. */
static int agrees(const accounts *desk, const double *weights, const mvo_outcome *outcomes)
{
    double *again = claim(desk->n * desk->count, sizeof *again);
    mvo_outcome *outcomes_again = claim(desk->count, sizeof *outcomes_again);
    const double begin = MPI_Wtime();
    solve(again, outcomes_again, desk);
    printf("1 rank:   %8.0f accounts per second\n", (double)desk->count / (MPI_Wtime() - begin));
    const int same = !memcmp(again, weights, desk->n * desk->count * sizeof *again) &&
                     !memcmp(outcomes, outcomes_again, desk->count * sizeof *outcomes);
    puts(same ? "the same weights to the bit" : "the weights differ");
    free(again);
    free(outcomes_again);
    return same;
}

int main(int argument_count, char **arguments)
{
    MPI_Init(&argument_count, &arguments);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const size_t count = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 10000;
    const size_t n = argument_count > 2 ? strtoul(arguments[2], NULL, 10) : 100;
    require(n >= ACCOUNTS_HELD && count > 0 && count < 2000000000 / n && n < 40000,
            "needs 30 assets, an account, and 32-bit counts");
    accounts desk = { .n = n, .count = count }, mine;
    double *weights = NULL;
    mvo_outcome *outcomes = NULL;
    int *begins = claim((size_t)ranks, sizeof *begins), *lengths = claim((size_t)ranks, sizeof *lengths), same = 1;
    const size_t own = first_of(count, rank + 1) - first_of(count, rank);
    require(accounts_allocate(&mine, n, own ? own : 1), "not enough memory");
    mine.count = own;
    if (rank == 0) {
        require(accounts_make(&desk, n, count), "not enough memory");
        memcpy(mine.sigma, desk.sigma, n * n * sizeof(double));
        memcpy(mine.rate, desk.rate, n * sizeof(double));
        weights = claim(n * count, sizeof *weights);
        outcomes = claim(count, sizeof *outcomes);
    }
    double *own_weights = claim(n * own, sizeof *own_weights);
    mvo_outcome *own_outcomes = claim(own, sizeof *own_outcomes);

    MPI_Barrier(MPI_COMM_WORLD);
    const double begin = MPI_Wtime();
    scatter(&mine, &desk, begins, lengths);
    solve(own_weights, own_outcomes, &mine);
    share_out(begins, lengths, count, n);
    MPI_Gatherv(own_weights, (int)(n * own), MPI_DOUBLE, weights, lengths, begins, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    share_out(begins, lengths, count, 1);
    MPI_Gatherv(own_outcomes, (int)own, MPI_INT32_T, outcomes, lengths, begins, MPI_INT32_T, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        printf("%zu accounts of %zu assets, one covariance\n", count, n);
        printf("%d ranks:  %8.0f accounts per second, sending included\n", ranks,
               (double)count / (MPI_Wtime() - begin));
        same = agrees(&desk, weights, outcomes);
        accounts_free(&desk);
    }
    accounts_free(&mine);
    free(own_weights);
    free(own_outcomes);
    free(weights);
    free(outcomes);
    free(begins);
    free(lengths);
    MPI_Finalize();
    return same ? EXIT_SUCCESS : EXIT_FAILURE;
}

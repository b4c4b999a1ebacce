/* SPDX-License-Identifier: MIT */
/* EM for a Gaussian hidden Markov model: Baum, Petrie, Soules & Weiss (1970); scaled recursions of Rabiner (1989). */
#include "estimate/regimes.h"

#include "estimate/order.h"

#include <math.h>
#include <string.h>

enum { MOST = MVOI_MOST_STATES, MOST_TURNS = 2000 };

#define LOG_TWO_PI 1.8378770664093454836

int mvoi_markov_allocate(mvoi_markov *m, mvo_context *context, const mvoi_table *table, size_t states)
{
    const size_t n = table->n, periods = table->periods, ld = mvoi_distances_leading(periods, n);
    const int fits = ld && ld <= SIZE_MAX / 64 / n && n <= SIZE_MAX / 64 / n / MOST;
    *m = (mvoi_markov){ .table = *table, .states = states };
    m->means = fits ? mvoi_allocate(context, n * states, sizeof *m->means) : NULL;
    m->scatters = fits ? mvoi_allocate(context, n * n * states, sizeof *m->scatters) : NULL;
    m->filtered = fits ? mvoi_allocate(context, periods * states, sizeof *m->filtered) : NULL;
    m->smoothed = fits ? mvoi_allocate(context, periods * states, sizeof *m->smoothed) : NULL;
    m->density = fits ? mvoi_allocate(context, periods * states, sizeof *m->density) : NULL;
    m->work = fits ? mvoi_allocate(context, ld * n, sizeof *m->work) : NULL;
    return m->means && m->scatters && m->filtered && m->smoothed && m->density && m->work;
}

void mvoi_markov_release(mvoi_markov *m, mvo_context *context)
{
    mvoi_release(context, m->means);
    mvoi_release(context, m->scatters);
    mvoi_release(context, m->filtered);
    mvoi_release(context, m->smoothed);
    mvoi_release(context, m->density);
    mvoi_release(context, m->work);
}

/* ----------------------------------------------------------------------------------------- what the states say */

/* Logarithms of the normal densities of every period in every state. */
static int densities(mvoi_markov *m)
{
    const size_t n = m->table.n, periods = m->table.periods;
    for (size_t k = 0; k < m->states; k++) {
        double *own = m->density + k * periods, log_determinant = 0.0;
        if (mvoi_distances(own, &log_determinant, m->work, &m->table, m->means + k * n, m->scatters + k * n * n) < n)
            return 0;
        for (size_t t = 0; t < periods; t++)
            own[t] = -0.5 * (own[t] + log_determinant + (double)n * LOG_TWO_PI);
    }
    return 1;
}

/* Densities relative to the largest of their period, whose logarithms go into the likelihood; then filtering. */
static void forward(mvoi_markov *m)
{
    const size_t periods = m->table.periods, states = m->states;
    m->log_likelihood = 0.0;
    for (size_t t = 0; t < periods; t++) {
        double largest = -HUGE_VAL, sum = 0.0, now[MOST];
        for (size_t k = 0; k < states; k++)
            largest = fmax(largest, m->density[t + k * periods]);
        for (size_t k = 0; k < states; k++) {
            double before = t ? 0.0 : m->first[k];
            for (size_t i = 0; t && i < states; i++)
                before += m->filtered[t - 1 + i * periods] * m->transition[i][k];
            m->density[t + k * periods] = exp(m->density[t + k * periods] - largest);
            now[k] = before * m->density[t + k * periods];
            sum += now[k];
        }
        /* Where every reachable state is beyond exp(-700) of the best, any small number says as much. */
        sum = sum > 0.0 ? sum : 1e-300;
        for (size_t k = 0; k < states; k++)
            m->filtered[t + k * periods] = now[k] / sum;
        m->log_likelihood += largest + log(sum);
    }
}

static void backward(mvoi_markov *m, double moves[MOST][MOST])
{
    const size_t periods = m->table.periods, states = m->states;
    double after[MOST] = { 1.0, 1.0, 1.0 }; /* density of what comes after t, relative */
    memset(moves, 0, MOST * sizeof moves[0]);
    for (size_t k = 0; k < states; k++)
        m->smoothed[periods - 1 + k * periods] = m->filtered[periods - 1 + k * periods];
    for (size_t t = periods - 1; t-- > 0;) {
        double joint[MOST][MOST], sum = 0.0, largest = 0.0, next[MOST] = { 0.0 };
        for (size_t i = 0; i < states; i++)
            for (size_t k = 0; k < states; k++) {
                const double ahead = m->transition[i][k] * m->density[t + 1 + k * periods] * after[k];
                joint[i][k] = m->filtered[t + i * periods] * ahead;
                next[i] += ahead;
                sum += joint[i][k];
            }
        for (size_t i = 0; i < states; i++) {
            double own = 0.0;
            for (size_t k = 0; k < states; k++) {
                own += sum > 0.0 ? joint[i][k] / sum : 0.0;
                moves[i][k] += sum > 0.0 ? joint[i][k] / sum : 0.0;
            }
            m->smoothed[t + i * periods] = own;
            largest = fmax(largest, next[i]);
        }
        for (size_t i = 0; i < states; i++)
            after[i] = largest > 0.0 ? next[i] / largest : 1.0;
    }
}

int mvoi_markov_expect(mvoi_markov *m, double moves[MOST][MOST])
{
    if (!densities(m))
        return 0;
    forward(m);
    backward(m, moves);
    return isfinite(m->log_likelihood) != 0;
}

/* ------------------------------------------------------------------------------------------------ maximisation */

/* Means and covariances weighted by the smoothed probabilities; 0 where a state rests on fewer than n + 1 periods. */
static int moments(mvoi_markov *m)
{
    const size_t n = m->table.n, periods = m->table.periods;
    for (size_t k = 0; k < m->states; k++) {
        const double *weights = m->smoothed + k * periods;
        double total = 0.0;
        for (size_t t = 0; t < periods; t++)
            total += weights[t];
        if (total < (double)n + 1.0 || !mvoi_weighted_moments(m->means + k * n, m->scatters + k * n * n, m->work,
                                                              &m->table, weights, weights, total, 0))
            return 0;
    }
    return 1;
}

static void probabilities(mvoi_markov *m, double moves[MOST][MOST])
{
    for (size_t i = 0; i < m->states; i++) {
        double total = 0.0;
        m->first[i] = m->smoothed[i * m->table.periods];
        for (size_t k = 0; k < m->states; k++)
            total += moves[i][k];
        for (size_t k = 0; total > 0.0 && k < m->states; k++)
            m->transition[i][k] = moves[i][k] / total;
    }
}

/* ------------------------------------------------------------------------------------------------------ starts */

/* Of each period: the squares (or with `mean` the sum) of the returns, each asset in units of its own deviation. */
static void score(double *scores, mvoi_markov *m, int mean)
{
    const size_t periods = m->table.periods;
    memset(scores, 0, periods * sizeof *scores);
    for (size_t j = 0; j < m->table.n; j++) {
        const double *x = m->table.values + j * m->table.ld;
        double sum = 0.0, squares = 0.0;
        for (size_t t = 0; t < periods; t++)
            sum += x[t] - x[0];
        const double centre = x[0] + sum / (double)periods;
        for (size_t t = 0; t < periods; t++)
            squares += (x[t] - centre) * (x[t] - centre);
        const double deviation = sqrt(squares / (double)periods);
        for (size_t t = 0; deviation > 0.0 && t < periods; t++) {
            const double z = (x[t] - centre) / deviation;
            scores[t] += mean ? -z : z * z;
        }
    }
}

/*
 * First guesses: periods go to states by the quantiles of how turbulent they are, averaged over 1, 21 or 61 periods
 * around them, or of how badly they went, over 1 or 21. Every state persists.
 */
static void begin(mvoi_markov *m, size_t start)
{
    static const size_t reach[MVOI_MARKOV_STARTS] = { 10, 0, 30, 0, 10 };
    const size_t periods = m->table.periods, around = reach[start];
    /* These have room, and are not in use yet. */
    double *scores = m->density, *means = m->filtered, *sorted = m->density;
    score(scores, m, start >= 3);
    for (size_t t = 0; t < periods; t++) {
        const size_t first = t > around ? t - around : 0, end = t + around < periods ? t + around + 1 : periods;
        double sum = 0.0;
        for (size_t s = first; s < end; s++)
            sum += scores[s];
        means[t] = sum / (double)(end - first);
    }
    memcpy(sorted, means, periods * sizeof *sorted);
    mvoi_sort(sorted, periods);
    for (size_t t = 0; t < periods; t++)
        for (size_t k = 0; k < m->states; k++) {
            const int above = k == 0 || means[t] >= sorted[k * periods / m->states];
            const int below = k + 1 == m->states || means[t] < sorted[(k + 1) * periods / m->states];
            m->smoothed[t + k * periods] = above && below ? 1.0 : 0.0;
        }
    for (size_t i = 0; i < m->states; i++) {
        m->first[i] = 1.0 / (double)m->states;
        for (size_t k = 0; k < m->states; k++)
            m->transition[i][k] = i == k ? 0.95 : 0.05 / (double)(m->states - 1);
    }
}

/* ------------------------------------------------------------------------------------------------------- order */

static void exchange(double *x, double *y, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const double held = x[i];
        x[i] = y[i];
        y[i] = held;
    }
}

static void exchange_states(mvoi_markov *m, size_t a, size_t b)
{
    const size_t n = m->table.n, periods = m->table.periods;
    exchange(m->means + a * n, m->means + b * n, n);
    exchange(m->scatters + a * n * n, m->scatters + b * n * n, n * n);
    exchange(m->filtered + a * periods, m->filtered + b * periods, periods);
    exchange(m->smoothed + a * periods, m->smoothed + b * periods, periods);
    exchange(&m->first[a], &m->first[b], 1);
    exchange(m->transition[a], m->transition[b], MOST);
    for (size_t i = 0; i < m->states; i++)
        exchange(&m->transition[i][a], &m->transition[i][b], 1);
}

static double riskiness(const mvoi_markov *m, size_t state)
{
    const size_t n = m->table.n;
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
        double all = 0.0;
        for (size_t k = 0; k < m->states; k++)
            all += m->scatters[j + j * n + k * n * n];
        sum += m->scatters[j + j * n + state * n * n] / all;
    }
    return sum;
}

static void calmest_first(mvoi_markov *m)
{
    for (size_t a = 0; a < m->states; a++)
        for (size_t b = a + 1; b < m->states; b++)
            if (riskiness(m, b) < riskiness(m, a))
                exchange_states(m, a, b);
}

int mvoi_markov_fit(mvoi_markov *m, size_t start, double enough)
{
    double moves[MOST][MOST], before = -HUGE_VAL;
    memset(m->transition, 0, sizeof m->transition);
    begin(m, start);
    if (!moments(m))
        return 0;
    for (size_t turn = 0; turn < MOST_TURNS; turn++) {
        if (!mvoi_markov_expect(m, moves))
            return 0;
        if (m->log_likelihood - before <= enough * fabs(m->log_likelihood))
            break;
        before = m->log_likelihood;
        probabilities(m, moves);
        if (!moments(m))
            return 0;
    }
    calmest_first(m);
    return 1;
}

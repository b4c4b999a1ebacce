/* SPDX-License-Identifier: MIT */
/*
 * A month of a crypto desk that a rebalancer keeps: six perpetual futures, leveraged and short where it pays, with
 * funding and maintenance margins, and three tokens that are traded through constant-product pools. Prices are daily
 * closes; the covariance is the rebalancer's own, the means are those of a toy model of the desk's (a quarter of the
 * last twenty days' trend). No portfolio may be liquidated by a listed shock, volatility is held to 5 % a day. Where
 * limits contradict each other that of turnover gives way first, then gross exposure, and the rows for shocks last. A
 * second rebalancer without these rows shows what they do. Two accidents are staged: a price that is missing, and a
 * market halted for three days.
 *
 *     build/examples/rebalancer [--month YYYY-MM] [--svg FILE] [FILE]
 *
 * FILE is a CSV of daily prices; without one crypto_daily_closes.csv in the folder MVO_TEST_DATA/prices, and without
 * that a market made up here. Funding, fees, margins and pools are made up too. Every trade is executed against the
 * pools, swap by swap. Exit status: 0 if each tick came to an end, no shock liquidates what was held after trading
 * unless its row is said to have given way, and every trade cost what was said; 1 if not.
 */
#include <mvo/mvo.h>

#include "support/csv.h"
#include "support/days.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PERPETUALS = 6,
    TOKENS = 3,
    N = PERPETUALS + TOKENS,
    SHOCKS = 5 + 2 * PERPETUALS,
    TREND = 20,
    HISTORY = 120,
    MOST_DAYS = 31
};

static const double EQUITY = 10e6; /* in the currency of the prices */
static const double FEE = 0.0005, POOL_FEE = 0.003, MARGIN = 0.05;
static const double GROSS = 4.0, TURNOVER = 0.6;  /* of equity; turnover a day */
static const double CALM = 0.05;                  /* volatility a day */
static const double TOGETHER = 0.35, APART = 0.3; /* shocks: all at once; all but the first, which stands still ... */
static const double FALL = 0.6, RISE = 0.9;       /* ... and each future alone */
static const double reserves[TOKENS] = { 30e6, 6e6, 4e6 }; /* cash in the pools when the month begins */

static int complain(const char *what)
{
    fprintf(stderr, "rebalancer: %s\n", what);
    return 0;
}

static int ok(mvo_status status, const mvo_error *error)
{
    if (status != MVO_OK)
        fprintf(stderr, "rebalancer: %s: %s\n", mvo_status_name(status), error->message);
    return status == MVO_OK;
}

/* ------------------------------------------------------------------------------------------------- market */

typedef struct market {
    csv_table table;
    size_t column[N];   /* the desk's assets in it */
    size_t first, days; /* rows of the month */
    const char *name[N];
} market;

static double price(const market *m, size_t row, size_t j)
{
    return m->table.prices[row + m->column[j] * m->table.rows];
}

/* About normal: a sum of twelve uniforms (splitmix64). */
static double draw(uint64_t *state)
{
    double sum = -6.0;
    for (int k = 0; k < 12; k++) {
        uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        sum += (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
    }
    return sum;
}

/* A rising market that falls by a third on one day of its last month, as text in the form of the file. */
static int make_up(csv_table *table, char *message, size_t size)
{
    enum { ROWS = 240, CRASH = 225, LINE = 160 };
    char *text = malloc(ROWS * LINE + LINE);
    uint64_t state = 11;
    double prices[N];
    size_t used = 0;
    if (!text)
        return complain("no memory");
    used += (size_t)sprintf(text, "date,BTC,ETH,BNB,XRP,ADA,LTC,LINK,BAT,ZRX\n");
    for (int j = 0; j < N; j++)
        prices[j] = 100.0 / (j + 1);
    for (int t = 0; t < ROWS; t++) {
        const double all = t == CRASH ? -0.3 : 0.006 + 0.03 * draw(&state);
        used += (size_t)sprintf(text + used, "%04d-%02d-%02d", 2020 + t / 360, t / 30 % 12 + 1, t % 30 + 1);
        for (int j = 0; j < N; j++) {
            prices[j] *= exp(all * (0.8 + 0.06 * j) + 0.02 * draw(&state));
            used += (size_t)sprintf(text + used, ",%.8g", prices[j]);
        }
        used += (size_t)sprintf(text + used, "\n");
    }
    const int done = csv_parse(table, "made up", text, used, message, size);
    free(text);
    return done;
}

/* The tokens by name where the table has them, else the columns after the futures. */
static size_t find_column(const csv_table *table, const char *name, size_t otherwise)
{
    for (size_t j = 0; j < table->columns; j++)
        if (!strcmp(table->names[j], name))
            return j;
    return otherwise;
}

static int open_market(market *m, const char *path, const char *month)
{
    static const char *const wanted[N] = { "BTC", "ETH", "BNB", "XRP", "ADA", "LTC", "LINK", "BAT", "ZRX" };
    char message[256], found[512];
    const char *data = getenv("MVO_TEST_DATA");
    FILE *there = NULL;
    snprintf(found, sizeof found, "%s/prices/crypto_daily_closes.csv", data ? data : ".");
    if (!path && (there = fopen(found, "r")) != NULL) {
        fclose(there);
        path = found;
    }
    if (!(path ? csv_read(&m->table, path, message, sizeof message) : make_up(&m->table, message, sizeof message)))
        return complain(message);
    if (m->table.columns < N || m->table.rows < HISTORY + 2)
        return complain("a market of nine assets and 122 days or more is needed");
    for (size_t j = 0; j < N; j++) {
        m->column[j] = find_column(&m->table, wanted[j], j);
        m->name[j] = m->table.names[m->column[j]];
    }
    /* the month asked for, or the last rows */
    for (size_t t = HISTORY; t < m->table.rows; t++)
        if (!strncmp(m->table.dates[t], month, strlen(month)) && m->days < MOST_DAYS) {
            m->first = m->days ? m->first : t;
            m->days++;
        }
    if (!m->days) {
        m->days = m->table.rows - HISTORY < 30 ? m->table.rows - HISTORY : 30;
        m->first = m->table.rows - m->days;
    }
    return 1;
}

/* --------------------------------------------------------------------------------------------------- desk */

typedef struct desk {
    const market *market;
    size_t row;                  /* today's */
    mvo_rebalancer *kept, *bold; /* with the rows for shocks, and without */
    double shocks[N * SHOCKS], margins[N], carry[N];
    double level[TOKENS]; /* sqrt(cash * asset) of each pool */
    int64_t turnover[2], gross[2], rows[SHOCKS];
    char shock_names[SHOCKS][32];
    mvo_error error;
} desk;

/* The desk's model: a quarter of the trend. The covariance stays the stream's. */
static int32_t expect(void *user, size_t n, double *mean, double *volatility, double *matrix, size_t ld)
{
    const desk *d = user;
    (void)volatility, (void)matrix, (void)ld;
    for (size_t j = 0; j < n; j++)
        mean[j] = 0.25 * (price(d->market, d->row, j) / price(d->market, d->row - TREND, j) - 1.0) / TREND;
    return 0;
}

static void list_shocks(desk *d)
{
    for (size_t j = 0; j < N; j++) {
        d->margins[j] = j < PERPETUALS ? MARGIN : 0.0;
        d->shocks[j + N] = -TOGETHER; /* the first column stays zero: today's margin */
        d->shocks[j + 2 * N] = TOGETHER;
        d->shocks[j + 3 * N] = j ? -APART : 0.0;
        d->shocks[j + 4 * N] = j ? APART : 0.0;
        if (j >= PERPETUALS)
            continue;
        d->shocks[j + (5 + 2 * j) * N] = -FALL;
        d->shocks[j + (6 + 2 * j) * N] = RISE;
        snprintf(d->shock_names[5 + 2 * j], sizeof d->shock_names[0], "%.20s falls", d->market->name[j]);
        snprintf(d->shock_names[6 + 2 * j], sizeof d->shock_names[0], "%.20s rises", d->market->name[j]);
    }
    static const char *const names[] = { "margin today", "all fall", "all rise", "the others fall", "the others rise" };
    for (int k = 0; k < 5; k++)
        snprintf(d->shock_names[k], sizeof d->shock_names[0], "%s", names[k]);
}

static mvo_status make_rules(mvo_constraints **rules, desk *d, int guarded)
{
    const char *names[SHOCKS];
    double rates[N], lower[N], upper[N], held[N];
    for (size_t k = 0; k < SHOCKS; k++)
        names[k] = d->shock_names[k];
    for (size_t j = 0; j < N; j++) {
        rates[j] = j < PERPETUALS ? FEE : 0.0; /* the tokens pay their pools */
        lower[j] = j < PERPETUALS ? -1.0 : 0.0;
        upper[j] = j < PERPETUALS ? 1.5 : 0.15;
        held[j] = j < PERPETUALS ? 0.0 : 0.1;
    }
    mvo_status status = mvo_constraints_new(rules, NULL, N, &d->error);
    for (size_t j = 0; !status && j < N; j++)
        status = mvo_constraints_set_asset_name(*rules, j, d->market->name[j], &d->error);
    if (!status)
        status = mvo_constraints_set_bounds(*rules, lower, upper, &d->error);
    if (!status)
        status = mvo_constraints_set_holdings(*rules, held, &d->error);
    if (!status)
        status = mvo_constraints_set_trading_costs(*rules, rates, rates, &d->error);
    if (!status)
        status = mvo_constraints_add_turnover(&d->turnover[guarded], *rules, TURNOVER, &d->error);
    if (!status)
        status = mvo_constraints_add_gross(&d->gross[guarded], *rules, GROSS, &d->error);
    if (!status && guarded)
        status =
            mvo_constraints_add_liquidation(d->rows, *rules, SHOCKS, d->shocks, N, d->margins, 1.0, names, &d->error);
    return status;
}

/* A stream that has seen what came before the month. */
static mvo_status make_stream(mvo_stream **stream, desk *d)
{
    const market *m = d->market;
    double returns[N];
    mvo_status status = mvo_stream_new_ewma(stream, NULL, N, mvo_decay_from_half_life(20.0), MVO_MEAN_ZERO, &d->error);
    for (size_t t = m->first - HISTORY + 1; !status && t < m->first; t++) {
        for (size_t j = 0; j < N; j++)
            returns[j] = price(m, t, j) / price(m, t - 1, j) - 1.0;
        status = mvo_stream_update(*stream, returns, &d->error);
    }
    return status;
}

static mvo_status set_up(mvo_rebalancer *r, desk *d, int guarded)
{
    mvo_status status = mvo_rebalancer_set_real(r, MVO_REBALANCER_RISK_AVERSION, 1.0, &d->error);
    if (!status)
        status = mvo_rebalancer_set_real(r, MVO_REBALANCER_HOLDING_PERIODS, 10.0, &d->error);
    if (!status)
        status = mvo_rebalancer_set_real(r, MVO_REBALANCER_VOLATILITY_TARGET, CALM, &d->error);
    if (!status)
        status = mvo_rebalancer_set_integer(r, MVO_REBALANCER_BAD_DATA, MVO_BAD_DATA_FREEZE, &d->error);
    if (!status)
        status = mvo_rebalancer_set_model(r, expect, d, MVO_FORECAST_MEAN, &d->error);
    if (!status) /* turnover yields first */
        status = mvo_rebalancer_set_priority(r, MVO_CONFLICT_ROW, d->turnover[guarded], 3, 1.0, &d->error);
    if (!status)
        status = mvo_rebalancer_set_priority(r, MVO_CONFLICT_ROW, d->gross[guarded], 2, 1.0, &d->error);
    for (size_t k = 0; !status && guarded && k < SHOCKS; k++)
        status = mvo_rebalancer_set_priority(r, MVO_CONFLICT_ROW, d->rows[k], 1, 1.0, &d->error);
    return status;
}

static mvo_status make_rebalancer(mvo_rebalancer **r, desk *d, int guarded)
{
    mvo_constraints *rules = NULL;
    mvo_stream *stream = NULL;
    mvo_status status = make_rules(&rules, d, guarded);
    if (!status)
        status = make_stream(&stream, d);
    if (!status)
        status = mvo_rebalancer_new(r, NULL, stream, rules, MVO_REBALANCER_IMPACT, &d->error);
    if (status)
        mvo_stream_free(stream); /* otherwise the rebalancer's */
    else
        status = set_up(*r, d, guarded);
    mvo_constraints_free(rules);
    return status;
}

/* ---------------------------------------------------------------------------------------------------- day */

/* Longs pay 0.01 % every eight hours, and more in a rising market. */
static mvo_status set_funding(desk *d)
{
    double eight_hours[N], day[N];
    for (size_t j = 0; j < N; j++) {
        const double rise = price(d->market, d->row - 1, j) / price(d->market, d->row - 4, j) - 1.0;
        eight_hours[j] = j < PERPETUALS ? 0.0001 + fmin(fmax(0.001 * rise, -0.0004), 0.0004) : 0.0;
    }
    const mvo_status status = mvo_rates_convert(day, N, eight_hours, 8.0, 24.0, MVO_SIMPLE_INTEREST, &d->error);
    memcpy(d->carry, day, sizeof day);
    return status;
}

/* The pools stand at the market's price; the rebalancer counts them against the equity it is about to find. */
static mvo_status set_pools(mvo_rebalancer *r, desk *d, const double *prices, const double *before, double value)
{
    double h[N], growth = 1.0;
    mvo_status status = mvo_rebalancer_holdings(h, r);
    for (size_t j = 0; j < N; j++)
        growth += h[j] * ((isnan(prices[j]) ? 0.0 : prices[j] / before[j] - 1.0) - d->carry[j]);
    for (size_t k = 0; !status && k < TOKENS; k++) {
        const size_t j = PERPETUALS + k;
        const double now = price(d->market, d->row, j);
        status = mvo_impact_set_pool(mvo_rebalancer_impact(r), j, d->level[k] * sqrt(now), d->level[k] / sqrt(now), 1.0,
                                     1.0, POOL_FEE, now, EQUITY * value * growth, &d->error);
    }
    return status;
}

/* Makes the trades: fees of the futures, and swaps against the pools. Both in parts of the equity. */
static void execute(const desk *d, const double *trades, double equity, double *fees, double *pools)
{
    *fees = *pools = 0.0;
    for (size_t j = 0; j < PERPETUALS; j++)
        *fees += FEE * fabs(trades[j]);
    for (size_t k = 0; k < TOKENS; k++) {
        const size_t j = PERPETUALS + k;
        const double now = price(d->market, d->row, j), units = trades[j] * equity / now;
        const double cash = d->level[k] * sqrt(now), asset = d->level[k] / sqrt(now);
        if (units > 0.0) /* pays so much into the pool that it gives out the units */
            *pools += cash * units / (asset - units) / (1.0 - POOL_FEE) / equity - trades[j];
        else if (units < 0.0)
            *pools += -trades[j] - cash * -units * (1.0 - POOL_FEE) / (asset - units * (1.0 - POOL_FEE)) / equity;
    }
}

typedef struct month {
    double weights[MOST_DAYS * N], turnover[MOST_DAYS], fees[MOST_DAYS], pools[MOST_DAYS], distance[MOST_DAYS];
    double other[MOST_DAYS], morning[MOST_DAYS], equity[MOST_DAYS];
    int gave_way[MOST_DAYS];
    const char *date[MOST_DAYS];
    double last[2][N]; /* last good prices of the two */
    double value[2];
} month;

/* One tick of one of the two; what it came to, executed and measured. */
static mvo_status go(mvo_tick *tick, desk *d, month *log, size_t day, int bold, const double *prices, double *distance,
                     int *good)
{
    mvo_rebalancer *r = bold ? d->bold : d->kept;
    double h[N], drifted[N], trades[N], fees, pools, morning = 0.0;
    mvo_status status = mvo_rebalancer_set_carry(r, d->carry, &d->error);
    if (!status)
        status = set_pools(r, d, prices, log->last[bold], log->value[bold]);
    if (!status)
        status = mvo_rebalancer_tick(tick, r, prices, NULL, &d->error);
    if (!status)
        status = mvo_rebalancer_trades(trades, r);
    if (!status)
        status = mvo_rebalancer_holdings(h, r);
    for (size_t j = 0; !status && j < N; j++)
        drifted[j] = h[j] - trades[j];
    if (!status)
        status = mvo_liquidation_distance(&morning, NULL, NULL, NULL, N, drifted, SHOCKS, d->shocks, N, d->margins, 1.0,
                                          &d->error);
    if (!status)
        status = mvo_liquidation_distance(distance, NULL, NULL, NULL, N, h, SHOCKS, d->shocks, N, d->margins, 1.0,
                                          &d->error);
    if (status)
        return status;
    for (size_t j = 0; j < N; j++)
        log->last[bold][j] = isnan(prices[j]) ? log->last[bold][j] : prices[j];
    execute(d, trades, EQUITY * log->value[bold] * tick->growth, &fees, &pools);
    log->value[bold] = tick->value;
    *good &= fabs(fees + pools - tick->cost) <= 1e-10 * tick->cost + 1e-15;
    *good &= tick->outcome != MVO_TICK_LATE && tick->outcome != MVO_TICK_FAILED;
    if (!bold) {
        for (size_t j = 0; j < N; j++)
            log->weights[day + j * MOST_DAYS] = h[j];
        log->fees[day] = fees;
        log->pools[day] = pools;
        log->turnover[day] = tick->turnover;
        log->gave_way[day] = tick->relaxed > 0;
        log->equity[day] = tick->value;
        log->morning[day] = morning;
        *good &= tick->outcome == MVO_TICK_CONFLICT || tick->relaxed || *distance >= 1.0 - 1e-9;
    }
    return MVO_OK;
}

static void print_day(const desk *d, const month *log, size_t day, const mvo_tick *tick)
{
    char words[200];
    double gross = 0.0, net = 0.0;
    for (size_t j = 0; j < N; j++) {
        gross += fabs(log->weights[day + j * MOST_DAYS]);
        net += log->weights[day + j * MOST_DAYS];
    }
    printf("%-10s %7.3f %6.2f %6.2f %7.1f %6.1f %6.2f %8.3f %8.3f", log->date[day], EQUITY * log->equity[day] / 1e6,
           gross, net, 100 * log->turnover[day], 1e4 * (log->fees[day] + log->pools[day]), 100 * tick->volatility,
           log->distance[day], log->other[day]);
    if (tick->outcome > MVO_TICK_STAY || tick->bad || tick->relaxed) {
        mvo_rebalancer_describe(words, sizeof words, d->kept);
        const char *what = tick->outcome == MVO_TICK_TRADE ? strchr(words, ';') : words;
        printf("  %s", what ? what + (*what == ';' ? 2 : 0) : "");
    } else if (tick->frozen) {
        printf("  %lld halted", (long long)tick->frozen);
    }
    printf("\n");
}

static int live(desk *d, month *log)
{
    const market *m = d->market;
    mvo_tick tick = MVO_TICK_INIT, other = MVO_TICK_INIT;
    double prices[N];
    int good = 1;
    printf("date        equity  gross    net turnover   cost   risk distance  without\n"
           "            (mill)                   (%%)   (bp)    (%%)             rows\n");
    for (size_t day = 0; day < m->days; day++) {
        d->row = m->first + day;
        log->date[day] = m->table.dates[d->row];
        for (size_t j = 0; j < N; j++)
            prices[j] = price(m, d->row, j);
        if (day == 9)
            prices[3] = NAN; /* the feed fails to tell a price */
        const int32_t state = day >= 21 && day < 24 ? MVO_ASSET_HALTED : MVO_ASSET_TRADED;
        if (mvo_rebalancer_set_asset(d->kept, 2, state, &d->error) ||
            mvo_rebalancer_set_asset(d->bold, 2, state, &d->error) || set_funding(d) ||
            go(&tick, d, log, day, 0, prices, &log->distance[day], &good) ||
            go(&other, d, log, day, 1, prices, &log->other[day], &good))
            return complain(d->error.message);
        print_day(d, log, day, &tick);
    }
    return good || complain("a trade cost something else, a shock liquidates, or a tick failed");
}

/* Both rebalancers, with the price that returns begin with. */
static int open_desk(desk *d, month *log, const market *m)
{
    mvo_tick tick = MVO_TICK_INIT;
    d->market = m;
    d->error = (mvo_error)MVO_ERROR_INIT;
    d->row = m->first - 1;
    list_shocks(d);
    for (size_t k = 0; k < TOKENS; k++)
        d->level[k] = reserves[k] / sqrt(price(m, d->row, PERPETUALS + k));
    if (!ok(make_rebalancer(&d->kept, d, 1), &d->error) || !ok(make_rebalancer(&d->bold, d, 0), &d->error))
        return 0;
    for (int bold = 0; bold < 2; bold++) {
        log->value[bold] = 1.0;
        for (size_t j = 0; j < N; j++)
            log->last[bold][j] = price(m, d->row, j);
        mvo_rebalancer *r = bold ? d->bold : d->kept;
        /* no trade on the eve: the stream is told to wait */
        if (!ok(mvo_rebalancer_set_integer(r, MVO_REBALANCER_WARM_UP, 1000000, &d->error), &d->error) ||
            !ok(mvo_rebalancer_tick(&tick, r, log->last[bold], NULL, &d->error), &d->error) ||
            !ok(mvo_rebalancer_set_integer(r, MVO_REBALANCER_WARM_UP, 20, &d->error), &d->error))
            return 0;
    }
    return 1;
}

static int show(const market *m, const month *log, const char *path)
{
    static double weights[MOST_DAYS * N];
    char title[96], subtitle[160], message[256];
    for (size_t j = 0; j < N; j++)
        memcpy(weights + j * m->days, log->weights + j * MOST_DAYS, m->days * sizeof(double));
    snprintf(title, sizeof title, "A crypto desk's month, %s to %s", log->date[0], log->date[m->days - 1]);
    snprintf(subtitle, sizeof subtitle,
             "equity %+.1f %% after costs and funding; volatility held to %g %% a day, turnover to %g %%",
             100 * (log->equity[m->days - 1] - 1.0), 100 * CALM, 100 * TURNOVER);
    const days_picture picture = { title,         subtitle,      m->days,       N,        log->date, m->name,
                                   weights,       log->turnover, log->gave_way, TURNOVER, log->fees, log->pools,
                                   log->distance, log->morning,  log->other };
    return days_picture_write(&picture, path, message, sizeof message) || complain(message);
}

int main(int argc, char **argv)
{
    static desk d;
    static market m;
    static month log;
    const char *path = NULL, *svg = NULL, *wanted = "2021-09";
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--svg") && i + 1 < argc)
            svg = argv[++i];
        else if (!strcmp(argv[i], "--month") && i + 1 < argc)
            wanted = argv[++i];
        else
            path = argv[i];
    int done = open_market(&m, path, wanted) && open_desk(&d, &log, &m) && live(&d, &log);
    if (done)
        printf("equity %+.2f %% (without the rows for shocks %+.2f %%)\n", 100 * (log.value[0] - 1.0),
               100 * (log.value[1] - 1.0));
    if (done && svg)
        done = show(&m, &log, svg);
    mvo_rebalancer_free(d.kept);
    mvo_rebalancer_free(d.bold);
    csv_free(&m.table);
    return done ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * Decisions that can be made again, bit for bit: a log of what was asked, of what with, and of the answer.
 *
 *     replay --write FILE     makes the decisions of this program and logs them
 *     replay --check FILE     makes the logged decisions again; any difference, to the last bit, is told and ends in failure
 *     replay                  writes decisions.log here, checks it, and shows that a changed bit is found
 *
 * The log is text: numbers that must not lose a bit are hexadecimal, rules are a constraint set's own text. A solver made
 * for each decision has no history, and no limit of time, so that nothing but what is logged enters the answer.
 */
#include <mvo/mvo.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ASSETS = 64, MOST_ROWS = 64, WORD = 64 };

typedef struct decision {
    /* what was asked */
    char question[WORD]; /* minimum_variance or maximum_utility */
    double risk_aversion, tolerance;
    long iteration_limit, method;
    size_t n;
    double *sigma, *mu; /* n-by-n and n */
    char *rules;        /* the constraint set as text, zero-terminated */
    /* the answer, and who gave it */
    char library[WORD], outcome[WORD];
    double objective, weights[MOST_ASSETS];
    size_t rows;
    int32_t working[MOST_ASSETS + MOST_ROWS]; /* of the weights, then of the rows */
} decision;

static int complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "replay: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    return 0;
}

static void forget(decision *d)
{
    free(d->sigma);
    free(d->mu);
    free(d->rules);
    memset(d, 0, sizeof *d);
}

static int make_room(decision *d, size_t n, size_t rules_length)
{
    d->n = n;
    d->sigma = calloc(n * n, sizeof *d->sigma);
    d->mu = calloc(n, sizeof *d->mu);
    d->rules = calloc(rules_length + 1, 1);
    return (d->sigma && d->mu && d->rules) || complain("no memory");
}

/* ------------------------------------------------------------------------------------------------ deciding */

static int ask(mvo_outcome *outcome, mvo_solver *solver, const decision *d, mvo_error *error)
{
    if (strcmp(d->question, "minimum_variance") == 0)
        return mvo_minimum_variance(outcome, solver, error) == MVO_OK || complain("%s", error->message);
    if (strcmp(d->question, "maximum_utility") == 0)
        return mvo_maximum_utility(outcome, solver, d->mu, d->risk_aversion, error) == MVO_OK ||
               complain("%s", error->message);
    return complain("no question is called '%s'", d->question);
}

static int set_options(mvo_solver *solver, const decision *d, mvo_error *error)
{
    return (mvo_solver_set_real(solver, MVO_OPTION_TOLERANCE, d->tolerance, error) == MVO_OK &&
            mvo_solver_set_integer(solver, MVO_OPTION_ITERATION_LIMIT, d->iteration_limit, error) == MVO_OK &&
            mvo_solver_set_integer(solver, MVO_OPTION_METHOD, d->method, error) == MVO_OK) ||
           complain("%s", error->message);
}

/* Where there is no optimum there may be no weights or working set either: they are logged as zeros. */
static int there_or_none(mvo_status status)
{
    return status == MVO_OK || status == MVO_ERROR_STATE;
}

static int take_answer(decision *d, const mvo_solver *solver, mvo_outcome outcome)
{
    mvo_report report = MVO_REPORT_INIT;
    d->rows = mvo_solver_row_count(solver);
    snprintf(d->library, sizeof d->library, "%s", mvo_version_string());
    snprintf(d->outcome, sizeof d->outcome, "%s", mvo_outcome_name(outcome));
    if (d->rows > MOST_ROWS)
        return complain("%zu rows are more than this example has room for", d->rows);
    memset(d->weights, 0, sizeof d->weights);
    memset(d->working, 0, sizeof d->working);
    if (mvo_solver_report(&report, solver) != MVO_OK || !there_or_none(mvo_solver_weights(d->weights, solver)) ||
        !there_or_none(mvo_solver_working_set(d->working, d->working + d->n, solver)))
        return complain("the answer cannot be read");
    d->objective = report.objective;
    return 1;
}

/* Fills in the answer. */
static int decide(decision *d)
{
    mvo_error error = MVO_ERROR_INIT;
    mvo_covariance *covariance = NULL;
    mvo_constraints *rules = NULL;
    mvo_solver *solver = NULL;
    mvo_outcome outcome = MVO_NUMERICAL;
    int done = (mvo_constraints_parse(&rules, NULL, d->rules, strlen(d->rules), &error) == MVO_OK &&
                mvo_covariance_new_dense(&covariance, NULL, d->n, d->sigma, d->n, MVO_CHECK_ALL, &error) == MVO_OK &&
                mvo_solver_new(&solver, NULL, covariance, rules, &error) == MVO_OK) ||
               complain("%s", error.message);
    done = done && set_options(solver, d, &error) && ask(&outcome, solver, d, &error) &&
           take_answer(d, solver, outcome);
    mvo_solver_free(solver);
    mvo_constraints_free(rules);
    mvo_covariance_unref(covariance);
    return done;
}

/* ------------------------------------------------------------------------------------------------ the log */

static void write_numbers(FILE *log, const char *word, const double *x, size_t count)
{
    fprintf(log, "%s", word);
    for (size_t i = 0; i < count; i++)
        fprintf(log, "%s%a", i && i % 6 == 0 ? "\n    " : " ", x[i]);
    fprintf(log, "\n");
}

static void write_decision(FILE *log, const decision *d)
{
    fprintf(log, "decision\nquestion %s\n", d->question);
    write_numbers(log, "risk_aversion", &d->risk_aversion, 1);
    write_numbers(log, "tolerance", &d->tolerance, 1);
    fprintf(log, "iteration_limit %ld\nmethod %ld\nassets %zu\nrules_bytes %zu\n", d->iteration_limit, d->method, d->n,
            strlen(d->rules));
    fwrite(d->rules, 1, strlen(d->rules), log);
    write_numbers(log, "covariance", d->sigma, d->n * d->n);
    write_numbers(log, "expected_returns", d->mu, d->n);
    fprintf(log, "library %s\noutcome %s\n", d->library, d->outcome);
    write_numbers(log, "objective", &d->objective, 1);
    write_numbers(log, "weights", d->weights, d->n);
    fprintf(log, "rows %zu\nworking_set", d->rows);
    for (size_t i = 0; i < d->n + d->rows; i++)
        fprintf(log, " %d", (int)d->working[i]);
    fprintf(log, "\nend\n\n");
}

static int read_word(FILE *log, char word[WORD])
{
    return fscanf(log, "%63s", word) == 1;
}

static int expect(FILE *log, const char *wanted)
{
    char word[WORD] = "";
    return (read_word(log, word) && strcmp(word, wanted) == 0) ||
           complain("the log should say '%s' where it says '%s'", wanted, word);
}

/* strtod reads what printf's %a wrote, to the bit. */
static int read_numbers(FILE *log, const char *word, double *x, size_t count)
{
    char number[WORD], *end;
    if (!expect(log, word))
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!read_word(log, number))
            return complain("the log ends among the numbers of '%s'", word);
        x[i] = strtod(number, &end);
        if (*end)
            return complain("'%s' is no number of '%s'", number, word);
    }
    return 1;
}

static int read_whole(FILE *log, const char *word, long *value, long most)
{
    return expect(log, word) && ((fscanf(log, "%ld", value) == 1 && *value >= 0 && *value <= most) ||
                                 complain("'%s' wants a number up to %ld", word, most));
}

static int read_answer(FILE *log, decision *d)
{
    long rows = 0;
    if (!expect(log, "library") || !read_word(log, d->library) || !expect(log, "outcome") ||
        !read_word(log, d->outcome) || !read_numbers(log, "objective", &d->objective, 1) ||
        !read_numbers(log, "weights", d->weights, d->n) || !read_whole(log, "rows", &rows, MOST_ROWS) ||
        !expect(log, "working_set"))
        return 0;
    d->rows = (size_t)rows;
    for (size_t i = 0; i < d->n + d->rows; i++) {
        int state;
        if (fscanf(log, "%d", &state) != 1)
            return complain("the log ends in the working set");
        d->working[i] = state;
    }
    return expect(log, "end");
}

/* 1: read; 0: wrong, and said; -1: no more of them. */
static int read_decision(FILE *log, decision *d)
{
    char word[WORD];
    long n = 0, bytes = 0;
    memset(d, 0, sizeof *d);
    if (!read_word(log, word))
        return -1;
    if (strcmp(word, "decision") != 0)
        return complain("the log should say 'decision' where it says '%s'", word);
    if (!expect(log, "question") || !read_word(log, d->question) ||
        !read_numbers(log, "risk_aversion", &d->risk_aversion, 1) ||
        !read_numbers(log, "tolerance", &d->tolerance, 1) ||
        !read_whole(log, "iteration_limit", &d->iteration_limit, 1000000) ||
        !read_whole(log, "method", &d->method, 1000) || !read_whole(log, "assets", &n, MOST_ASSETS) ||
        !read_whole(log, "rules_bytes", &bytes, 1000000) || !make_room(d, (size_t)n, (size_t)bytes))
        return 0;
    if (fgetc(log) != '\n' || fread(d->rules, 1, (size_t)bytes, log) != (size_t)bytes)
        return complain("the log ends in the rules");
    return read_numbers(log, "covariance", d->sigma, d->n * d->n) &&
           read_numbers(log, "expected_returns", d->mu, d->n) && read_answer(log, d);
}

/* ------------------------------------------------------------------------------------------------ checking */

static int same_bits(const double *x, const double *y)
{
    return memcmp(x, y, sizeof *x) == 0;
}

/* Tells every difference between a logged answer and that of today; returns their number. */
static int count_differences(size_t number, const decision *logged, const decision *now)
{
    int count = 0;
    if (strcmp(logged->library, now->library) != 0)
        count += 1 - complain("decision %zu: made by libmvo %s, this is %s", number, logged->library, now->library);
    if (strcmp(logged->outcome, now->outcome) != 0)
        count += 1 - complain("decision %zu: the outcome was %s, it is %s", number, logged->outcome, now->outcome);
    if (!same_bits(&logged->objective, &now->objective))
        count += 1 - complain("decision %zu: the objective was %a, it is %a", number, logged->objective, now->objective);
    for (size_t j = 0; j < logged->n; j++)
        if (!same_bits(&logged->weights[j], &now->weights[j]))
            count += 1 - complain("decision %zu: weight %zu was %a, it is %a", number, j, logged->weights[j],
                                  now->weights[j]);
    if (logged->rows != now->rows)
        return count + 1 - complain("decision %zu: there were %zu rows, there are %zu", number, logged->rows, now->rows);
    for (size_t i = 0; i < logged->n + logged->rows; i++)
        if (logged->working[i] != now->working[i])
            count += 1 - complain("decision %zu: entry %zu of the working set was %d, it is %d", number, i,
                                  (int)logged->working[i], (int)now->working[i]);
    return count;
}

/* The answer of today beside the logged one; the decision's own data are used, and its answer is overwritten. */
static int differences_today(size_t number, decision *d)
{
    const decision logged = *d;
    return decide(d) ? count_differences(number, &logged, d) : 1;
}

static int check_log(const char *path)
{
    decision d;
    size_t number = 0;
    int differences = 0, got;
    FILE *log = fopen(path, "r");
    if (!log)
        return complain("%s cannot be read", path);
    while ((got = read_decision(log, &d)) == 1) {
        differences += differences_today(++number, &d);
        forget(&d);
    }
    fclose(log);
    if (got == 0) {
        forget(&d);
        return 0;
    }
    if (!number)
        return complain("%s holds no decision", path);
    if (differences)
        return complain("%s: %d differences", path, differences);
    printf("%s: %zu decisions made again, the same to the last bit\n", path, number);
    return 1;
}

/* ------------------------------------------------------------------------------------------------ writing */

/* A made-up market of five: two blocks, numbers that no decimal of few digits holds. */
static int fill_market(decision *d, const char *rules)
{
    enum { N = 5 };
    if (!make_room(d, N, strlen(rules)))
        return 0;
    memcpy(d->rules, rules, strlen(rules));
    for (size_t i = 0; i < N; i++) {
        const double si = 0.5 / (double)(i + 3);
        d->mu[i] = si / 3.0;
        for (size_t j = 0; j < N; j++)
            d->sigma[i + j * N] = si * 0.5 / (double)(j + 3) * (i == j ? 1.0 : (i < 2) == (j < 2) ? 1.0 / 3.0 : 1.0 / 7.0);
    }
    return 1;
}

static const char *const rule_texts[] = {
    "constraints 1 asset \"A\": weight >= 0 asset \"B\": weight >= 0 asset \"C\": weight >= 0 asset \"D\": weight >= 0\n"
    "asset \"E\": 0 <= weight <= 35%\nrow \"budget\": sum(all) = 1\nend\n",
    "constraints 1\nasset \"A\": weight >= -0.1, holding 0.3, buy 10bp, sell 10bp, borrow 2%\nasset \"B\": weight >= -0.1, "
    "holding 0.3, buy 15bp, sell 15bp\nasset \"C\": weight <= 0.5, holding 0.2, ladder(0 to 0.25, 50bp beyond)\nasset "
    "\"D\": weight >= 0, holding 0.1\nasset \"E\": weight >= 0, holding 0.1\nrow \"budget\": sum(all) = 1\nrow \"turnover\": "
    "turnover <= 0.7\nend\n",
    "constraints 1 asset \"A\": 0 <= weight <= 0.1 asset \"B\": 0 <= weight <= 0.1 asset \"C\": 0 <= weight <= 0.1\n"
    "asset \"D\": 0 <= weight <= 0.1 asset \"E\": 0 <= weight <= 0.1 row \"budget\": sum(all) = 1 end\n",
};

static int write_log(const char *path)
{
    FILE *log = fopen(path, "w");
    int done = log || complain("%s cannot be written", path);
    for (size_t k = 0; done && k < sizeof rule_texts / sizeof *rule_texts; k++) {
        decision d = { .risk_aversion = 2.5, .tolerance = 1e-9 };
        snprintf(d.question, sizeof d.question, "%s", k == 1 ? "maximum_utility" : "minimum_variance");
        done = fill_market(&d, rule_texts[k]) && decide(&d);
        if (done) {
            write_decision(log, &d);
            printf("decision %zu: %s: %s\n", k + 1, d.question, d.outcome);
        }
        forget(&d);
    }
    if (log && fclose(log) != 0)
        done = complain("%s was not written in full", path);
    return done;
}

/* The least change of one logged weight must not pass. */
static int notices_a_bit(const char *path)
{
    decision d;
    FILE *log = fopen(path, "r");
    int found = 0;
    if (!log)
        return complain("%s cannot be read", path);
    if (read_decision(log, &d) == 1) {
        d.weights[0] = nextafter(d.weights[0], 1.0);
        found = differences_today(1, &d) == 1;
    }
    forget(&d);
    fclose(log);
    if (found)
        printf("the last bit of one weight changed: noticed, as it should be\n");
    return found || complain("a changed bit was not noticed");
}

int main(int count, char **arguments)
{
    int done = 0;
    if (count == 1)
        done = write_log("decisions.log") && check_log("decisions.log") && notices_a_bit("decisions.log");
    else if (count == 3 && strcmp(arguments[1], "--write") == 0)
        done = write_log(arguments[2]);
    else if (count == 3 && strcmp(arguments[1], "--check") == 0)
        done = check_log(arguments[2]);
    else
        complain("usage: replay [--write FILE | --check FILE]");
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

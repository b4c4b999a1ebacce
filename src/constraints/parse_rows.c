/* SPDX-License-Identifier: MIT */
/* The rows of a constraint set's text: sums, sums over absolute values, and limits around them. */
#include "constraints/parse.h"

#include <math.h>
#include <string.h>

/* The row being read: prepared behind the last one of the set, and not yet taken into it. */
static mvoi_row *fresh_row(mvoi_parser *parser)
{
    return parser->set->rows + parser->set->row_count;
}

/* An asset by name or index, not yet named in this list. */
static int take_asset(mvoi_parser *parser, size_t *asset)
{
    mvoi_reader *reader = &parser->reader;
    const mvoi_token token = reader->token;
    char what[MVOI_DESCRIPTION_SIZE];
    int64_t index;
    if (token.kind == MVOI_TOKEN_NAME) {
        mvoi_unescape(parser->name, &token);
        const int found = *parser->name ? mvoi_index_find(asset, &parser->index, parser->name) : 0;
        if (found == 0)
            return mvoi_refuse(reader, &token, MVO_ERROR_NOT_FOUND, "there is no %s",
                               mvoi_describe(what, sizeof what, "asset", parser->name, -1));
        if (found > 1)
            return mvoi_refuse(reader, &token, MVO_ERROR_ARGUMENT, "more than one is %s: write @%zu or another index",
                               mvoi_describe(what, sizeof what, "asset", parser->name, -1), *asset);
    } else if (token.kind == MVOI_TOKEN_REFERENCE) {
        if (!mvoi_token_integer(&index, &token) || (uint64_t)index >= parser->set->n)
            return mvoi_refuse(reader, &token, MVO_ERROR_NOT_FOUND, "the set has %zu assets, counted from 0",
                               parser->set->n);
        *asset = (size_t)index;
    } else {
        return mvoi_expected(reader, "an asset, as \"name\" or @index");
    }
    if (parser->listed[*asset] == parser->list)
        return mvoi_refuse(reader, &token, MVO_ERROR_ARGUMENT, "%s is listed twice",
                           mvoi_describe_asset(what, sizeof what, parser->set, *asset));
    parser->listed[*asset] = parser->list;
    mvoi_advance(reader);
    return 1;
}

/* "sum(all)", or "sum(" and any number of assets ")" */
static int read_sum(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    double *const coefficients = fresh_row(parser)->coefficients;
    size_t asset;
    mvoi_advance(reader);
    if (!mvoi_take_mark(reader, '('))
        return 0;
    if (mvoi_is_word(reader, "all")) {
        mvoi_advance(reader);
        for (size_t j = 0; j < parser->set->n; j++)
            coefficients[j] = 1.0;
    } else if (!mvoi_is_mark(reader, ')')) {
        if (!take_asset(parser, &asset))
            return 0;
        coefficients[asset] = 1.0;
        while (mvoi_is_mark(reader, ',')) {
            mvoi_advance(reader);
            if (!take_asset(parser, &asset))
                return 0;
            coefficients[asset] = 1.0;
        }
    }
    return mvoi_take_mark(reader, ')');
}

/* A sum of terms, each a number and an asset; a missing number is 1. */
static int read_linear(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    if (mvoi_is_word(reader, "sum"))
        return read_sum(parser);
    do {
        const int negative = mvoi_is_mark(reader, '-');
        double size = 1.0;
        size_t asset;
        if (negative || mvoi_is_mark(reader, '+'))
            mvoi_advance(reader);
        if (reader->token.kind == MVOI_TOKEN_NUMBER && !mvoi_take_number(reader, &size, 0))
            return 0;
        if (!take_asset(parser, &asset))
            return 0;
        fresh_row(parser)->coefficients[asset] = negative ? -size : size;
    } while (mvoi_is_mark(reader, '+') || mvoi_is_mark(reader, '-'));
    return 1;
}

/* ------------------------------------------------------------------------------------- absolute values */

/* "above" or "below" and a number, which may be negative where rates are given asset by asset. */
static int read_rate(mvoi_parser *parser, const char *word, double *rate, int negative)
{
    mvoi_reader *reader = &parser->reader;
    if (!mvoi_take_word(reader, word))
        return 0;
    const mvoi_token start = reader->token;
    if (!mvoi_take_number(reader, rate, 0))
        return 0;
    return negative || *rate >= 0.0 || mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT, "the rate is negative");
}

/* "above 1, below 2" */
static int read_sides(mvoi_parser *parser)
{
    mvoi_row *row = fresh_row(parser);
    return read_rate(parser, "above", &row->above, 0) && mvoi_take_mark(&parser->reader, ',') &&
           read_rate(parser, "below", &row->below, 0);
}

/* "rates" and any number of "asset above 1 below -0.5" */
static int read_rates(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    const size_t n = parser->set->n;
    mvoi_row *row = fresh_row(parser);
    char what[MVOI_DESCRIPTION_SIZE];
    size_t asset;
    mvoi_advance(reader);
    row->rates = mvoi_allocate(parser->set->context, 2 * n, sizeof *row->rates);
    if (!row->rates)
        return mvoi_parse_memory(parser);
    row->above = row->below = NAN;
    for (size_t k = 0; k < 2 * n; k++)
        row->rates[k] = 0.0;
    parser->list++;
    for (int more = !mvoi_is_mark(reader, ')'); more;) {
        const mvoi_token start = reader->token;
        if (!take_asset(parser, &asset) || !read_rate(parser, "above", &row->rates[asset], 1) ||
            !read_rate(parser, "below", &row->rates[n + asset], 1))
            return 0;
        if (row->rates[asset] + row->rates[n + asset] < 0.0)
            return mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT,
                               "the rates of %s have a negative sum: the row is not convex",
                               mvoi_describe_asset(what, sizeof what, parser->set, asset));
        more = mvoi_is_mark(reader, ',');
        if (more)
            mvoi_advance(reader);
    }
    return 1;
}

/* "absolute(linear, around zero, above 1, below 2)", or with rates */
static int read_absolute(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    mvoi_row *row = fresh_row(parser);
    mvoi_advance(reader);
    if (!mvoi_take_mark(reader, '(') || !read_linear(parser) || !mvoi_take_mark(reader, ',') ||
        !mvoi_take_word(reader, "around"))
        return 0;
    if (!mvoi_is_word(reader, "zero") && !mvoi_is_word(reader, "holdings"))
        return mvoi_expected(reader, "'zero' or 'holdings'");
    row->around = mvoi_is_word(reader, "zero") ? MVO_AROUND_ZERO : MVO_AROUND_HOLDINGS;
    mvoi_advance(reader);
    if (!mvoi_take_mark(reader, ','))
        return 0;
    if (!mvoi_is_word(reader, "above") && !mvoi_is_word(reader, "rates"))
        return mvoi_expected(reader, "'above' or 'rates'");
    return (mvoi_is_word(reader, "rates") ? read_rates(parser) : read_sides(parser)) && mvoi_take_mark(reader, ')');
}

static int check_absolute(mvoi_parser *parser, const mvoi_token *start)
{
    const mvoi_row *row = fresh_row(parser);
    char what[MVOI_DESCRIPTION_SIZE];
    for (size_t j = 0; j < parser->set->n; j++)
        if (row->coefficients[j] < 0.0)
            return mvoi_refuse(&parser->reader, start, MVO_ERROR_ARGUMENT,
                               "the coefficient of %s is negative, in a row over absolute values",
                               mvoi_describe_asset(what, sizeof what, parser->set, j));
    return 1;
}

/* "gross", "gross(linear)" and the like; 0 with a reader that has not failed for none of these. */
static int read_known(mvoi_parser *parser)
{
    static const struct {
        const char *word;
        int32_t around;
        double above, below;
    } known[] = {
        { "turnover", MVO_AROUND_HOLDINGS, 1.0, 1.0 },
        { "gross", MVO_AROUND_ZERO, 1.0, 1.0 },
        { "long", MVO_AROUND_ZERO, 1.0, 0.0 },
        { "short", MVO_AROUND_ZERO, 0.0, 1.0 },
    };
    mvoi_reader *reader = &parser->reader;
    mvoi_row *row = fresh_row(parser);
    size_t kind = 0;
    while (kind < 4 && !mvoi_is_word(reader, known[kind].word))
        kind++;
    if (kind == 4)
        return 0;
    row->around = known[kind].around;
    row->above = known[kind].above;
    row->below = known[kind].below;
    mvoi_advance(reader);
    if (!mvoi_is_mark(reader, '(')) {
        for (size_t j = 0; j < parser->set->n; j++)
            row->coefficients[j] = 1.0;
        return 1;
    }
    mvoi_advance(reader);
    return read_linear(parser) && mvoi_take_mark(reader, ')');
}

static int read_form(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    const mvoi_token start = reader->token;
    if (mvoi_is_word(reader, "absolute"))
        return read_absolute(parser) && check_absolute(parser, &start);
    if (read_known(parser))
        return check_absolute(parser, &start);
    if (reader->status != MVO_OK)
        return 0;
    const int linear = mvoi_is_word(reader, "sum") || mvoi_is_mark(reader, '+') || mvoi_is_mark(reader, '-') ||
                       reader->token.kind == MVOI_TOKEN_NUMBER || reader->token.kind == MVOI_TOKEN_NAME ||
                       reader->token.kind == MVOI_TOKEN_REFERENCE;
    return linear ? read_linear(parser)
                  : mvoi_expected(reader, "a sum, 'turnover', 'gross', 'long', 'short' or 'absolute'");
}

/* ------------------------------------------------------------------------------------------------ a row */

/* The id a row is given, or the next one. */
static int read_id(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    const mvoi_token start = reader->token;
    int64_t id;
    if (start.kind != MVOI_TOKEN_NUMBER)
        return 1;
    if (!mvoi_take_integer(reader, &id))
        return 0;
    if (id < parser->set->next_id)
        return mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT, "row %lld stands too late: ids ascend from 1",
                           (long long)id);
    parser->set->next_id = id;
    return 1;
}

int mvoi_read_row(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    const double limit = 0.0;
    const char *name;
    mvoi_advance(reader);
    if (!read_id(parser))
        return 0;
    mvoi_read_name(parser, &name);
    if (!mvoi_take_mark(reader, ':'))
        return 0;
    mvoi_row *row = mvoi_prepare_rows(parser->set, 1, &limit, &limit, &name, NULL);
    if (!row)
        return mvoi_parse_memory(parser);
    const mvoi_token start = reader->token;
    parser->list++;
    int done = mvoi_read_limited(parser, &row->lower, &row->upper, read_form);
    if (done && row->around != MVO_AROUND_NOTHING && row->lower != -INFINITY)
        done = mvoi_refuse(reader, &start, MVO_ERROR_LIMITS, "a row over absolute values has an upper limit alone");
    if (done)
        mvoi_commit_rows(NULL, parser->set, 1);
    else
        mvoi_discard_rows(parser->set, 1);
    return done;
}

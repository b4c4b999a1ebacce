/* SPDX-License-Identifier: MIT */
/* A constraint set from its text: the frame, the assets, and limits around anything. The grammar stands in mvo.h. */
#include "constraints/parse.h"

#include <math.h>
#include <string.h>

int mvoi_parse_memory(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    if (reader->status == MVO_OK)
        reader->status = mvoi_fail_memory(reader->context, reader->error, "the constraint set of a text");
    return 0;
}

/* ------------------------------------------------------------------------------------------------ limits */

/* Whether "number <=" stands here, and not something else that begins with a number, such as a coefficient. */
static int at_lower(const mvoi_reader *reader)
{
    mvoi_reader ahead = *reader;
    double number;
    ahead.error = NULL;
    ahead.context = NULL;
    return mvoi_take_number(&ahead, &number, 1) &&
           (ahead.token.kind == MVOI_TOKEN_AT_MOST || ahead.token.kind == MVOI_TOKEN_WRONG);
}

static int read_lower(mvoi_reader *reader, double *lower)
{
    if (!mvoi_take_number(reader, lower, 1))
        return 0;
    mvoi_advance(reader);
    return reader->status == MVO_OK;
}

/* What may stand behind a form without a lower limit. */
static int read_relation(mvoi_reader *reader, double *lower, double *upper)
{
    if (mvoi_is_word(reader, "free")) {
        mvoi_advance(reader);
        return 1;
    }
    const int kind = reader->token.kind, equal = mvoi_is_mark(reader, '=');
    if (kind != MVOI_TOKEN_AT_MOST && kind != MVOI_TOKEN_AT_LEAST && !equal)
        return mvoi_expected(reader, "'<=', '>=', '=' or 'free'");
    mvoi_advance(reader);
    if (!mvoi_take_number(reader, kind == MVOI_TOKEN_AT_LEAST ? lower : upper, !equal))
        return 0;
    if (equal)
        *lower = *upper;
    return 1;
}

int mvoi_read_limited(mvoi_parser *parser, double *lower, double *upper, int (*form)(mvoi_parser *parser))
{
    mvoi_reader *reader = &parser->reader;
    const mvoi_token start = reader->token;
    *lower = -INFINITY;
    *upper = INFINITY;
    const int above = at_lower(reader);
    if ((above && !read_lower(reader, lower)) || !form(parser))
        return 0;
    if (above && reader->token.kind == MVOI_TOKEN_AT_MOST) {
        mvoi_advance(reader);
        if (!mvoi_take_number(reader, upper, 1))
            return 0;
    } else if (!above && !read_relation(reader, lower, upper)) {
        return 0;
    }
    if (mvoi_limits_hold(*lower, *upper))
        return 1;
    char low[MVOI_NUMBER_SIZE], high[MVOI_NUMBER_SIZE];
    if (*lower > *upper && isfinite(*lower) && isfinite(*upper))
        return mvoi_refuse(reader, &start, MVO_ERROR_LIMITS, "the lower limit %s is above the upper limit %s",
                           mvoi_describe_number(low, *lower), mvoi_describe_number(high, *upper));
    return mvoi_refuse(reader, &start, MVO_ERROR_LIMITS, "the %s limit is %s", *lower == INFINITY ? "lower" : "upper",
                       *lower == INFINITY ? "infinity" : "-infinity");
}

void mvoi_read_name(mvoi_parser *parser, const char **name)
{
    *name = NULL;
    if (parser->reader.token.kind != MVOI_TOKEN_NAME)
        return;
    mvoi_unescape(parser->name, &parser->reader.token);
    *name = parser->name;
    mvoi_advance(&parser->reader);
}

/* ------------------------------------------------------------------------------------------------ ladders */

/* "slope to breakpoint" as often as there are breakpoints, then "slope beyond". */
static int read_steps(mvoi_parser *parser, size_t *count, double *at, double *slope)
{
    mvoi_reader *reader = &parser->reader;
    for (*count = 0;; ++*count) {
        const mvoi_token start = reader->token;
        if (!mvoi_take_number(reader, &slope[*count], 0))
            return 0;
        if (*count && slope[*count] < slope[*count - 1])
            return mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT,
                               "the slope is below the one before it: the cost is not convex");
        if (mvoi_is_word(reader, "beyond")) {
            mvoi_advance(reader);
            return 1;
        }
        if (!mvoi_is_word(reader, "to"))
            return mvoi_expected(reader, "'to' or 'beyond'");
        mvoi_advance(reader);
        const mvoi_token breakpoint = reader->token;
        if (!mvoi_take_number(reader, &at[*count], 0))
            return 0;
        if (*count && !(at[*count] > at[*count - 1]))
            return mvoi_refuse(reader, &breakpoint, MVO_ERROR_ARGUMENT, "the breakpoint is not above the one before it");
        if (!mvoi_take_mark(reader, ','))
            return 0;
    }
}

static int read_ladder(mvoi_parser *parser, size_t asset)
{
    mvoi_reader *reader = &parser->reader;
    double *const at = parser->room, *const slope = at + parser->most_numbers + 1, origin = 0.0;
    size_t count;
    mvoi_advance(reader);
    if (!mvoi_take_mark(reader, '(') || !read_steps(parser, &count, at, slope))
        return 0;
    if (mvoi_is_mark(reader, ',')) {
        mvoi_advance(reader);
        if (!mvoi_take_word(reader, "zero") || !mvoi_take_word(reader, "at") || !mvoi_take_number(reader, &origin, 0))
            return 0;
    }
    if (!mvoi_take_mark(reader, ')'))
        return 0;
    return mvo_constraints_set_cost(parser->set, asset, count, at, slope, origin, NULL) == MVO_OK ||
           mvoi_parse_memory(parser);
}

/* ------------------------------------------------------------------------------------------------ assets */

/* What an asset may have, each once. */
enum { WEIGHT, HOLDING, BUY, SELL, BORROW, LADDER, CLAUSES };

static const char *const clause_words[CLAUSES] = { "weight", "holding", "buy", "sell", "borrow", "ladder" };

static int read_weight(mvoi_parser *parser)
{
    return mvoi_take_word(&parser->reader, "weight");
}

static int read_rate(mvoi_parser *parser, size_t asset, int clause)
{
    mvoi_reader *reader = &parser->reader;
    mvo_constraints *set = parser->set;
    double value;
    mvoi_advance(reader);
    const mvoi_token start = reader->token;
    if (!mvoi_take_number(reader, &value, 0))
        return 0;
    if (clause == HOLDING) {
        set->holdings[asset] = value;
        return 1;
    }
    if (clause == BORROW && value < 0.0)
        return mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT, "the cost of borrowing is negative");
    if (!set->rates && mvo_constraints_set_trading_costs(set, NULL, NULL, NULL) != MVO_OK)
        return mvoi_parse_memory(parser);
    set->rates[(size_t)(clause - BUY) * set->n + asset] = value;
    return 1;
}

static int read_clause(mvoi_parser *parser, size_t asset, int seen[CLAUSES])
{
    mvoi_reader *reader = &parser->reader;
    const mvoi_token start = reader->token;
    int clause = HOLDING;
    while (clause < CLAUSES && !mvoi_is_word(reader, clause_words[clause]))
        clause++;
    if (clause == CLAUSES) {
        if (!mvoi_is_word(reader, "weight") && !at_lower(reader))
            return mvoi_expected(reader, "'weight' with its limits, 'holding', 'buy', 'sell', 'borrow' or 'ladder'");
        clause = WEIGHT;
    }
    if (seen[clause]++)
        return mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT, "'%s' is given twice", clause_words[clause]);
    if (clause == WEIGHT)
        return mvoi_read_limited(parser, &parser->set->lower[asset], &parser->set->upper[asset], read_weight);
    return clause == LADDER ? read_ladder(parser, asset) : read_rate(parser, asset, clause);
}

/* "asset", its index and name where they are given, and its clauses. */
static int read_asset(mvoi_parser *parser, size_t asset)
{
    mvoi_reader *reader = &parser->reader;
    mvo_constraints *set = parser->set;
    const mvoi_token start = reader->token;
    const char *name;
    int seen[CLAUSES] = { 0 };
    int64_t index;
    mvoi_advance(reader);
    if (reader->token.kind == MVOI_TOKEN_REFERENCE) {
        if (!mvoi_token_integer(&index, &reader->token) || (uint64_t)index != asset)
            return mvoi_refuse(reader, &reader->token, MVO_ERROR_ARGUMENT,
                               "assets are listed in order, counted from 0: this is @%zu", asset);
        mvoi_advance(reader);
    }
    mvoi_read_name(parser, &name);
    if (name && mvo_constraints_set_asset_name(set, asset, name, NULL) != MVO_OK)
        return mvoi_parse_memory(parser);
    if (!mvoi_take_mark(reader, ':') || !read_clause(parser, asset, seen))
        return 0;
    while (mvoi_is_mark(reader, ',')) {
        mvoi_advance(reader);
        if (!read_clause(parser, asset, seen))
            return 0;
    }
    if (mvoi_buy_rate(set, asset) + mvoi_sell_rate(set, asset) < 0.0)
        return mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT, "buying and selling back would earn money");
    return 1;
}

/* -------------------------------------------------------------------------------------------- the frame */

/* What has to be known before memory is taken: how many assets there are, and room for names and ladders. */
static size_t survey(mvoi_parser *parser, const char *text, size_t length)
{
    mvoi_reader quiet;
    size_t assets = 0, longest = 0, numbers = 0;
    mvoi_reader_start(&quiet, text, length, NULL, NULL);
    for (; quiet.token.kind != MVOI_TOKEN_END && quiet.token.kind != MVOI_TOKEN_WRONG; mvoi_advance(&quiet)) {
        if (quiet.token.kind == MVOI_TOKEN_NAME && quiet.token.length > longest)
            longest = quiet.token.length;
        assets += mvoi_is_word(&quiet, "asset") ? 1 : 0;
        if (mvoi_is_word(&quiet, "ladder") || mvoi_is_word(&quiet, "asset") || mvoi_is_word(&quiet, "row"))
            numbers = 0;
        numbers += quiet.token.kind == MVOI_TOKEN_NUMBER ? 1 : 0;
        if (numbers > parser->most_numbers)
            parser->most_numbers = numbers;
    }
    parser->name = mvoi_allocate(parser->reader.context, longest + 1, 1);
    parser->room = mvoi_allocate(parser->reader.context, 2 * parser->most_numbers + 2, sizeof *parser->room);
    return assets;
}

static int read_heading(mvoi_reader *reader)
{
    int64_t format = 0;
    if (!mvoi_take_word(reader, "constraints"))
        return 0;
    if (reader->token.kind != MVOI_TOKEN_NUMBER || !mvoi_token_integer(&format, &reader->token) || format != 1)
        return mvoi_expected(reader, "1, the number of this format");
    mvoi_advance(reader);
    return mvoi_is_word(reader, "asset") || mvoi_expected(reader, "'asset'");
}

/* "next row 9": the id that the next row of the set will have. */
static int read_next(mvoi_parser *parser)
{
    mvoi_reader *reader = &parser->reader;
    int64_t id;
    mvoi_advance(reader);
    if (!mvoi_take_word(reader, "row"))
        return 0;
    const mvoi_token start = reader->token;
    if (!mvoi_take_integer(reader, &id))
        return 0;
    if (id < parser->set->next_id)
        return mvoi_refuse(reader, &start, MVO_ERROR_ARGUMENT, "the next row cannot be %lld: ids ascend from 1",
                           (long long)id);
    parser->set->next_id = id;
    return 1;
}

static int read_set(mvoi_parser *parser, size_t n)
{
    mvoi_reader *reader = &parser->reader;
    if (!parser->name || !parser->room)
        return mvoi_parse_memory(parser);
    if (!read_heading(reader))
        return 0;
    if (mvo_constraints_new(&parser->set, reader->context, n, NULL) != MVO_OK)
        return mvoi_parse_memory(parser);
    for (size_t asset = 0; asset < n && mvoi_is_word(reader, "asset"); asset++)
        if (!read_asset(parser, asset))
            return 0;
    parser->listed = mvoi_allocate(reader->context, n, sizeof *parser->listed);
    if (!parser->listed || !mvoi_index_make(&parser->index, parser->set))
        return mvoi_parse_memory(parser);
    memset(parser->listed, 0, n * sizeof *parser->listed);
    while (mvoi_is_word(reader, "row"))
        if (!mvoi_read_row(parser))
            return 0;
    if (mvoi_is_word(reader, "next") && !read_next(parser))
        return 0;
    if (!mvoi_is_word(reader, "end"))
        return mvoi_expected(reader, parser->set->row_count ? "'row' or 'end'" : "'asset', 'row' or 'end'");
    mvoi_advance(reader);
    return reader->token.kind == MVOI_TOKEN_END || mvoi_expected(reader, "nothing behind 'end'");
}

mvo_status mvo_constraints_parse(mvo_constraints **constraints, mvo_context *context, const char *text, size_t length,
                                 mvo_error *error)
{
    if (!constraints)
        return mvoi_fail_null(context, error, "constraints");
    if (!text)
        return mvoi_fail_null(context, error, "text");
    mvoi_parser parser = { .set = NULL };
    mvoi_reader_start(&parser.reader, text, length, context, error);
    const size_t n = survey(&parser, text, length);
    const int done = read_set(&parser, n);
    mvoi_release(context, parser.name);
    mvoi_release(context, parser.room);
    mvoi_release(context, parser.listed);
    mvoi_index_free(&parser.index);
    if (!done) {
        mvo_constraints_free(parser.set);
        return parser.reader.status;
    }
    *constraints = parser.set;
    return MVO_OK;
}

/* SPDX-License-Identifier: MIT */
/* A constraint set as text, in the form that mvo_constraints_parse reads. */
#include "constraints/text.h"

#include <math.h>

static int is_one(double value)
{
    return mvoi_same_bits(value, 1.0);
}

/* Zero without a sign: what a text need not say. */
static int is_nothing(double value)
{
    return mvoi_same_bits(value, 0.0);
}

/* ------------------------------------------------------------------------------------------------ parts */

/* What has limits: "weight", or the left side of a row. */
typedef void (*put_form)(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row);

static void put_limited(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row, double lower, double upper,
                        put_form form)
{
    const int equal = mvoi_same_bits(lower, upper), below = lower != -INFINITY, above = upper != INFINITY;
    if (!equal && below && above) {
        mvoi_put_number(sink, lower);
        mvoi_put(sink, " <= ");
    }
    form(sink, index, row);
    mvoi_put_space(sink);
    if (!below && !above) {
        mvoi_put(sink, "free");
        return;
    }
    mvoi_put(sink, equal ? "= " : above ? "<= " : ">= ");
    mvoi_put_number(sink, above ? upper : lower);
}

void mvoi_put_asset(mvoi_sink *sink, const mvoi_index *index, size_t asset)
{
    const char *name = index->set->asset_names ? index->set->asset_names[asset] : NULL;
    size_t first;
    if (name && *name && mvoi_index_find(&first, index, name) == 1) {
        mvoi_put_name(sink, name);
        return;
    }
    mvoi_put(sink, "@");
    mvoi_put_integer(sink, (int64_t)asset);
}

static int is_group(const mvoi_row *row, size_t n, size_t *members)
{
    *members = 0;
    for (size_t j = 0; j < n; j++) {
        if (!is_nothing(row->coefficients[j]) && !is_one(row->coefficients[j]))
            return 0;
        *members += is_one(row->coefficients[j]) ? 1 : 0;
    }
    return 1;
}

static void put_group(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row, size_t members)
{
    const size_t n = index->set->n;
    size_t left = members;
    mvoi_put(sink, "sum(");
    for (size_t j = 0; members < n && j < n; j++) {
        if (!is_one(row->coefficients[j]))
            continue;
        mvoi_put_asset(sink, index, j);
        if (--left) {
            mvoi_put(sink, ",");
            mvoi_put_space(sink);
        }
    }
    mvoi_put(sink, members == n ? "all)" : ")");
}

static void put_linear(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row)
{
    size_t members;
    int first = 1;
    if (is_group(row, index->set->n, &members) && members != 1) {
        put_group(sink, index, row, members);
        return;
    }
    for (size_t j = 0; j < index->set->n; j++) {
        const double value = row->coefficients[j], size = fabs(value);
        if (is_nothing(value))
            continue;
        if (!first)
            mvoi_put_space(sink);
        if (!first || signbit(value))
            mvoi_put(sink, signbit(value) ? "- " : "+ ");
        if (!is_one(size)) {
            mvoi_put_number(sink, size);
            mvoi_put(sink, " ");
        }
        mvoi_put_asset(sink, index, j);
        first = 0;
    }
}

/* "turnover" and its like for the rates and what they are taken around; NULL for others. */
static const char *known_kind(const mvoi_row *row)
{
    if (is_one(row->above) && is_one(row->below))
        return row->around == MVO_AROUND_HOLDINGS ? "turnover" : "gross";
    if (row->around == MVO_AROUND_ZERO && is_one(row->above) && is_nothing(row->below))
        return "long";
    return row->around == MVO_AROUND_ZERO && is_nothing(row->above) && is_one(row->below) ? "short" : NULL;
}

static void put_around(mvoi_sink *sink, const mvoi_row *row)
{
    mvoi_put(sink, row->around == MVO_AROUND_ZERO ? ", around zero, " : ", around holdings, ");
}

static void put_sides(mvoi_sink *sink, double above, const char *comma, double below)
{
    mvoi_put(sink, "above ");
    mvoi_put_number(sink, above);
    mvoi_put(sink, comma);
    mvoi_put(sink, "below ");
    mvoi_put_number(sink, below);
}

/* Those that are not zero, asset by asset. */
static void put_rates(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row)
{
    const size_t n = index->set->n;
    const char *before = "";
    mvoi_put(sink, "rates");
    for (size_t j = 0; j < n; j++) {
        if (is_nothing(row->rates[j]) && is_nothing(row->rates[n + j]))
            continue;
        mvoi_put(sink, before);
        mvoi_put_space(sink);
        mvoi_put_asset(sink, index, j);
        mvoi_put(sink, " ");
        put_sides(sink, row->rates[j], " ", row->rates[n + j]);
        before = ",";
    }
}

void mvoi_put_kind(mvoi_sink *sink, const mvoi_row *row)
{
    const char *known = row->around == MVO_AROUND_NOTHING ? "linear" : known_kind(row);
    mvoi_put(sink, known ? known : "absolute(...");
    if (known)
        return;
    put_around(sink, row);
    if (row->rates)
        mvoi_put(sink, "rates ...");
    else
        put_sides(sink, row->above, ", ", row->below);
    mvoi_put(sink, ")");
}

static void put_absolute(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row)
{
    const char *known = known_kind(row);
    size_t members;
    mvoi_put(sink, known ? known : "absolute");
    if (known && is_group(row, index->set->n, &members) && members == index->set->n)
        return;
    mvoi_put(sink, "(");
    put_linear(sink, index, row);
    if (!known)
        put_around(sink, row);
    if (row->rates)
        put_rates(sink, index, row);
    else if (!known)
        put_sides(sink, row->above, ", ", row->below);
    mvoi_put(sink, ")");
}

/* ------------------------------------------------------------------------------------------- statements */

void mvoi_put_row_heading(mvoi_sink *sink, const mvoi_row *row)
{
    mvoi_put(sink, "row ");
    mvoi_put_integer(sink, row->id);
    if (row->name) {
        mvoi_put(sink, " ");
        mvoi_put_name(sink, row->name);
    }
    mvoi_put(sink, ":");
}

void mvoi_put_row_statement(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row)
{
    mvoi_put_row_heading(sink, row);
    mvoi_put(sink, " ");
    put_limited(sink, index, row, row->lower, row->upper,
                row->around == MVO_AROUND_NOTHING ? put_linear : put_absolute);
}

void mvoi_put_ladder(mvoi_sink *sink, const mvoi_ladder *ladder)
{
    mvoi_put(sink, "ladder(");
    for (size_t k = 0; k < ladder->count; k++) {
        mvoi_put_number(sink, ladder->slope[k]);
        mvoi_put(sink, " to ");
        mvoi_put_number(sink, ladder->at[k]);
        mvoi_put(sink, ",");
        mvoi_put_space(sink);
    }
    mvoi_put_number(sink, ladder->slope[ladder->count]);
    mvoi_put(sink, " beyond");
    if (!is_nothing(ladder->origin)) {
        mvoi_put(sink, ", zero at ");
        mvoi_put_number(sink, ladder->origin);
    }
    mvoi_put(sink, ")");
}

static void put_clause(mvoi_sink *sink, const char *word, double value)
{
    mvoi_put(sink, ",");
    mvoi_put_space(sink);
    mvoi_put(sink, word);
    mvoi_put(sink, " ");
    mvoi_put_number(sink, value);
}

/* Whether the set has costs, all of them zero: a solver made from it has room for others. */
static int has_empty_costs(const mvo_constraints *set)
{
    for (size_t k = 0; set->rates && k < 3 * set->n; k++)
        if (!is_nothing(set->rates[k]))
            return 0;
    for (size_t j = 0; set->ladders && j < set->n; j++)
        if (set->ladders[j].slope)
            return 0;
    return set->rates || set->ladders;
}

static void put_weight(mvoi_sink *sink, const mvoi_index *index, const mvoi_row *row)
{
    (void)index;
    (void)row;
    mvoi_put(sink, "weight");
}

void mvoi_put_asset_heading(mvoi_sink *sink, const mvoi_index *index, size_t asset, int numbered)
{
    const char *name = index->set->asset_names ? index->set->asset_names[asset] : NULL;
    size_t first;
    mvoi_put(sink, "asset ");
    if (numbered || !name || !*name || mvoi_index_find(&first, index, name) != 1) {
        mvoi_put(sink, "@");
        mvoi_put_integer(sink, (int64_t)asset);
        mvoi_put(sink, name ? " " : "");
    }
    if (name)
        mvoi_put_name(sink, name);
    mvoi_put(sink, ":");
}

void mvoi_put_asset_statement(mvoi_sink *sink, const mvoi_index *index, size_t asset, int numbered)
{
    const mvo_constraints *set = index->set;
    const double buy = mvoi_buy_rate(set, asset), sell = mvoi_sell_rate(set, asset);
    const double borrow = mvoi_borrow_rate(set, asset);
    mvoi_put_asset_heading(sink, index, asset, numbered);
    mvoi_put(sink, " ");
    put_limited(sink, index, NULL, set->lower[asset], set->upper[asset], put_weight);
    if (!is_nothing(set->holdings[asset]))
        put_clause(sink, "holding", set->holdings[asset]);
    if (!is_nothing(buy) || (asset == 0 && has_empty_costs(set)))
        put_clause(sink, "buy", buy);
    if (!is_nothing(sell))
        put_clause(sink, "sell", sell);
    if (!is_nothing(borrow))
        put_clause(sink, "borrow", borrow);
    if (set->ladders && set->ladders[asset].slope) {
        mvoi_put(sink, ",");
        mvoi_put_space(sink);
        mvoi_put_ladder(sink, &set->ladders[asset]);
    }
}

static void write_set(mvoi_sink *sink, const void *what)
{
    const mvoi_index *index = what;
    const mvo_constraints *set = index->set;
    const int64_t implied = set->row_count ? set->rows[set->row_count - 1].id + 1 : 1;
    mvoi_put(sink, "constraints 1\n");
    for (size_t j = 0; j < set->n; j++) {
        mvoi_put_asset_statement(sink, index, j, 0);
        mvoi_put(sink, "\n");
    }
    for (size_t i = 0; i < set->row_count; i++) {
        mvoi_put_row_statement(sink, index, &set->rows[i]);
        mvoi_put(sink, "\n");
    }
    if (set->next_id != implied) {
        mvoi_put(sink, "next row ");
        mvoi_put_integer(sink, set->next_id);
        mvoi_put(sink, "\n");
    }
    mvoi_put(sink, "end\n");
}

mvo_status mvo_constraints_print(char *text, size_t size, size_t *needed, const mvo_constraints *constraints,
                                 mvo_error *error)
{
    mvoi_index index;
    if (!constraints)
        return mvoi_fail_null(NULL, error, "constraints");
    if (!mvoi_index_make(&index, constraints))
        return mvoi_fail_memory(constraints->context, error, "the names of a constraint set");
    const mvo_status status =
        mvoi_deliver(text, size, needed, write_set, &index, constraints->context, error);
    mvoi_index_free(&index);
    return status;
}

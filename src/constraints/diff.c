/* SPDX-License-Identifier: MIT */
/*
 * What differs between two constraint sets, one line each: "+" for what the second has alone, "-" for the first, "~" for
 * what changed. Assets and rows belong together by their names; those left over by position and by id.
 */
#include "constraints/text.h"

#include <math.h>
#include <string.h>

#define NO_PARTNER SIZE_MAX

/* One set, and for each of its assets and rows the position of its partner in the other. */
typedef struct side {
    const mvo_constraints *set;
    mvoi_index index;
    size_t *asset, *row;
} side;

typedef struct difference {
    side from, to;
} difference;

/* --------------------------------------------------------------------------------------------- partners */

static int make_side(side *made, const mvo_constraints *set)
{
    made->set = set;
    made->asset = mvoi_allocate(set->context, set->n, sizeof *made->asset);
    made->row = mvoi_allocate(set->context, set->row_count, sizeof *made->row);
    if (!mvoi_index_make(&made->index, set) || !made->asset || !made->row)
        return 0;
    for (size_t j = 0; j < set->n; j++)
        made->asset[j] = NO_PARTNER;
    for (size_t i = 0; i < set->row_count; i++)
        made->row[i] = NO_PARTNER;
    return 1;
}

static void free_side(side *made)
{
    if (!made->set)
        return;
    mvoi_release(made->set->context, made->asset);
    mvoi_release(made->set->context, made->row);
    mvoi_index_free(&made->index);
}

static void pair_assets(side *from, side *to)
{
    const size_t common = from->set->n < to->set->n ? from->set->n : to->set->n;
    for (size_t j = 0; j < from->set->n; j++) {
        const char *name = mvo_constraints_asset_name(from->set, j);
        size_t same, other;
        if (!name || !*name || mvoi_index_find(&same, &from->index, name) != 1 ||
            mvoi_index_find(&other, &to->index, name) != 1)
            continue;
        from->asset[j] = other;
        to->asset[other] = j;
    }
    for (size_t j = 0; j < common; j++)
        if (from->asset[j] == NO_PARTNER && to->asset[j] == NO_PARTNER)
            from->asset[j] = to->asset[j] = j;
}

/* How many rows have that name, and the first of them. */
static size_t count_named(size_t *first, const mvo_constraints *set, const char *name)
{
    size_t count = 0;
    for (size_t i = set->row_count; i-- > 0;)
        if (set->rows[i].name && strcmp(set->rows[i].name, name) == 0) {
            *first = i;
            count++;
        }
    return count;
}

static void pair_rows(side *from, side *to)
{
    for (size_t i = 0; i < from->set->row_count; i++) {
        const char *name = from->set->rows[i].name;
        size_t same, other;
        if (!name || !*name || count_named(&same, from->set, name) != 1 || count_named(&other, to->set, name) != 1)
            continue;
        from->row[i] = other;
        to->row[other] = i;
    }
    for (size_t i = 0; i < from->set->row_count; i++) {
        const size_t other = mvoi_constraints_find(to->set, from->set->rows[i].id);
        if (from->row[i] != NO_PARTNER || other == to->set->row_count || to->row[other] != NO_PARTNER)
            continue;
        from->row[i] = other;
        to->row[other] = i;
    }
}

/* --------------------------------------------------------------------------------------------- changes */

static void begin_asset(mvoi_sink *sink, const side *to, size_t asset)
{
    mvoi_put(sink, "~ ");
    mvoi_put_asset_heading(sink, &to->index, asset, 0);
    mvoi_put(sink, " ");
}

static void begin_row(mvoi_sink *sink, const mvoi_row *row)
{
    mvoi_put(sink, "~ ");
    mvoi_put_row_heading(sink, row);
    mvoi_put(sink, " ");
}

static void put_maybe_name(mvoi_sink *sink, const char *name)
{
    if (name)
        mvoi_put_name(sink, name);
    else
        mvoi_put(sink, "no name");
}

static int same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void put_names(mvoi_sink *sink, const char *from, const char *to)
{
    mvoi_put(sink, "name ");
    put_maybe_name(sink, from);
    mvoi_put(sink, " -> ");
    put_maybe_name(sink, to);
    mvoi_put(sink, "\n");
}

/* "word 0.1 -> word 0.2"; an infinite limit is none. */
static void put_numbers(mvoi_sink *sink, const char *word, double from, double to)
{
    const double both[2] = { from, to };
    for (int k = 0; k < 2; k++) {
        if (isinf(both[k])) {
            mvoi_put(sink, "no limit");
        } else {
            mvoi_put(sink, word);
            mvoi_put_number(sink, both[k]);
        }
        mvoi_put(sink, k ? "\n" : " -> ");
    }
}

static void put_ladders(mvoi_sink *sink, const mvoi_ladder *from, const mvoi_ladder *to)
{
    const mvoi_ladder *const both[2] = { from, to };
    for (int k = 0; k < 2; k++) {
        if (both[k])
            mvoi_put_ladder(sink, both[k]);
        else
            mvoi_put(sink, "no ladder");
        mvoi_put(sink, k ? "\n" : " -> ");
    }
}

static const mvoi_ladder *ladder_of(const mvo_constraints *set, size_t asset)
{
    return set->ladders && set->ladders[asset].slope ? &set->ladders[asset] : NULL;
}

static int same_ladder(const mvoi_ladder *a, const mvoi_ladder *b)
{
    if (!a || !b)
        return a == b;
    if (a->count != b->count || !mvoi_same_bits(a->origin, b->origin))
        return 0;
    return (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof *a->at) == 0) &&
           memcmp(a->slope, b->slope, (a->count + 1) * sizeof *a->slope) == 0;
}

static void write_asset(mvoi_sink *sink, const difference *d, size_t j, size_t k)
{
    const mvo_constraints *from = d->from.set, *to = d->to.set;
    const char *names[2] = { mvo_constraints_asset_name(from, j), mvo_constraints_asset_name(to, k) };
    const struct {
        const char *word;
        double from, to;
    } numbers[] = {
        { "weight >= ", from->lower[j], to->lower[k] },
        { "weight <= ", from->upper[j], to->upper[k] },
        { "holding ", from->holdings[j], to->holdings[k] },
        { "buy ", mvoi_buy_rate(from, j), mvoi_buy_rate(to, k) },
        { "sell ", mvoi_sell_rate(from, j), mvoi_sell_rate(to, k) },
        { "borrow ", mvoi_borrow_rate(from, j), mvoi_borrow_rate(to, k) },
    };
    if (!same_name(names[0], names[1])) {
        begin_asset(sink, &d->to, k);
        put_names(sink, names[0], names[1]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!mvoi_same_bits(numbers[i].from, numbers[i].to)) {
            begin_asset(sink, &d->to, k);
            put_numbers(sink, numbers[i].word, numbers[i].from, numbers[i].to);
        }
    if (!same_ladder(ladder_of(from, j), ladder_of(to, k))) {
        begin_asset(sink, &d->to, k);
        put_ladders(sink, ladder_of(from, j), ladder_of(to, k));
    }
}

/* A number of an asset in a row that is not the same; `word` says which. */
static void write_number(mvoi_sink *sink, const mvoi_row *row, const side *owner, size_t asset, const char *word,
                         double from, double to)
{
    if (mvoi_same_bits(from, to))
        return;
    begin_row(sink, row);
    mvoi_put(sink, word);
    mvoi_put_number(sink, from);
    mvoi_put(sink, " -> ");
    mvoi_put_number(sink, to);
    mvoi_put(sink, " ");
    mvoi_put_asset(sink, &owner->index, asset);
    mvoi_put(sink, "\n");
}

/* What a row says of one asset: its coefficient, and where they differ from asset to asset its rates. */
enum { COEFFICIENT, RATE_ABOVE, RATE_BELOW, ENTRIES };

static double entry_of(const mvo_constraints *set, const mvoi_row *row, size_t asset, int entry)
{
    if (asset == NO_PARTNER)
        return 0.0; /* a set without the asset */
    if (entry == COEFFICIENT)
        return row->coefficients[asset];
    if (row->rates)
        return row->rates[entry == RATE_ABOVE ? asset : set->n + asset];
    return entry == RATE_ABOVE ? row->above : row->below;
}

static void write_entries(mvoi_sink *sink, const difference *d, const mvoi_row *from, const mvoi_row *to)
{
    static const char *const words[ENTRIES] = { "", "above ", "below " };
    const int entries = from->rates || to->rates ? ENTRIES : COEFFICIENT + 1;
    for (int entry = 0; entry < entries; entry++) {
        for (size_t j = 0; j < d->from.set->n; j++)
            if (d->from.asset[j] == NO_PARTNER)
                write_number(sink, to, &d->from, j, words[entry], entry_of(d->from.set, from, j, entry), 0.0);
        for (size_t k = 0; k < d->to.set->n; k++)
            write_number(sink, to, &d->to, k, words[entry], entry_of(d->from.set, from, d->to.asset[k], entry),
                         entry_of(d->to.set, to, k, entry));
    }
}

static int same_kind(const mvoi_row *a, const mvoi_row *b)
{
    if (a->around != b->around || !a->rates != !b->rates)
        return 0;
    return a->rates || (mvoi_same_bits(a->above, b->above) && mvoi_same_bits(a->below, b->below));
}

static void write_row(mvoi_sink *sink, const difference *d, const mvoi_row *from, const mvoi_row *to)
{
    if (from->id != to->id) {
        begin_row(sink, to);
        mvoi_put(sink, "id ");
        mvoi_put_integer(sink, from->id);
        mvoi_put(sink, " -> ");
        mvoi_put_integer(sink, to->id);
        mvoi_put(sink, "\n");
    }
    if (!same_name(from->name, to->name)) {
        begin_row(sink, to);
        put_names(sink, from->name, to->name);
    }
    if (!same_kind(from, to)) {
        begin_row(sink, to);
        mvoi_put_kind(sink, from);
        mvoi_put(sink, " -> ");
        mvoi_put_kind(sink, to);
        mvoi_put(sink, "\n");
    }
    write_entries(sink, d, from, to);
    if (!mvoi_same_bits(from->lower, to->lower)) {
        begin_row(sink, to);
        put_numbers(sink, ">= ", from->lower, to->lower);
    }
    if (!mvoi_same_bits(from->upper, to->upper)) {
        begin_row(sink, to);
        put_numbers(sink, "<= ", from->upper, to->upper);
    }
}

/* --------------------------------------------------------------------------------------------- the whole */

/* Assets that both sets have, in another order. */
static int reordered(const difference *d)
{
    size_t last = 0;
    for (size_t k = 0; k < d->to.set->n; k++) {
        const size_t j = d->to.asset[k];
        if (j != NO_PARTNER && j < last)
            return 1;
        last = j == NO_PARTNER ? last : j;
    }
    return 0;
}

static void write_side(mvoi_sink *sink, const side *s, const char *mark, int rows)
{
    for (size_t j = 0; !rows && j < s->set->n; j++)
        if (s->asset[j] == NO_PARTNER) {
            mvoi_put(sink, mark);
            mvoi_put_asset_statement(sink, &s->index, j, 1);
            mvoi_put(sink, "\n");
        }
    for (size_t i = 0; rows && i < s->set->row_count; i++)
        if (s->row[i] == NO_PARTNER) {
            mvoi_put(sink, mark);
            mvoi_put_row_statement(sink, &s->index, &s->set->rows[i]);
            mvoi_put(sink, "\n");
        }
}

static void write_difference(mvoi_sink *sink, const void *what)
{
    const difference *d = what;
    sink->one_line = 1;
    write_side(sink, &d->from, "- ", 0);
    write_side(sink, &d->to, "+ ", 0);
    if (reordered(d))
        mvoi_put(sink, "~ the order of the assets\n");
    for (size_t k = 0; k < d->to.set->n; k++)
        if (d->to.asset[k] != NO_PARTNER)
            write_asset(sink, d, d->to.asset[k], k);
    write_side(sink, &d->from, "- ", 1);
    write_side(sink, &d->to, "+ ", 1);
    for (size_t i = 0; i < d->to.set->row_count; i++)
        if (d->to.row[i] != NO_PARTNER)
            write_row(sink, d, &d->from.set->rows[d->to.row[i]], &d->to.set->rows[i]);
}

mvo_status mvo_constraints_diff(char *text, size_t size, size_t *needed, const mvo_constraints *before,
                                const mvo_constraints *after, mvo_error *error)
{
    difference d = { .from = { .set = NULL }, .to = { .set = NULL } };
    mvo_status status;
    if (!before || !after)
        return mvoi_fail_null(NULL, error, before ? "after" : "before");
    if (!make_side(&d.from, before) || !make_side(&d.to, after)) {
        status = mvoi_fail_memory(after->context, error, "the comparison of two constraint sets");
    } else {
        pair_assets(&d.from, &d.to);
        pair_rows(&d.from, &d.to);
        status = mvoi_deliver(text, size, needed, write_difference, &d, after->context, error);
    }
    free_side(&d.from);
    free_side(&d.to);
    return status;
}

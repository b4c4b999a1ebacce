/* SPDX-License-Identifier: MIT */
/* Assets found by name: their indices sorted by it. A heap, because the C library's qsort may allocate on its own. */
#include "constraints/text.h"

#include <string.h>

static const char *name_of(const mvo_constraints *set, size_t asset)
{
    const char *name = set->asset_names ? set->asset_names[asset] : NULL;
    return name ? name : "";
}

/* By name, and by index where names are the same. */
static int before(const mvoi_index *index, size_t a, size_t b)
{
    const int order = strcmp(name_of(index->set, a), name_of(index->set, b));
    return order < 0 || (order == 0 && a < b);
}

static void sink_down(const mvoi_index *index, size_t at, size_t count)
{
    size_t *const order = index->order;
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && before(index, order[child], order[child + 1]))
            child++;
        if (!before(index, order[at], order[child]))
            return;
        const size_t moved = order[at];
        order[at] = order[child];
        order[child] = moved;
        at = child;
    }
}

int mvoi_index_make(mvoi_index *index, const mvo_constraints *set)
{
    const size_t n = set->n;
    index->set = set;
    index->order = mvoi_allocate(set->context, n, sizeof *index->order);
    if (!index->order)
        return 0;
    for (size_t j = 0; j < n; j++)
        index->order[j] = j;
    for (size_t at = n / 2; at-- > 0;)
        sink_down(index, at, n);
    for (size_t count = n; count-- > 1;) {
        const size_t last = index->order[0];
        index->order[0] = index->order[count];
        index->order[count] = last;
        sink_down(index, 0, count);
    }
    return 1;
}

void mvoi_index_free(mvoi_index *index)
{
    if (index->order)
        mvoi_release(index->set->context, index->order);
    index->order = NULL;
}

int mvoi_index_find(size_t *asset, const mvoi_index *index, const char *name)
{
    const mvo_constraints *set = index->set;
    size_t first = 0, beyond = set->n;
    while (first < beyond) {
        const size_t middle = first + (beyond - first) / 2;
        if (strcmp(name_of(set, index->order[middle]), name) < 0)
            first = middle + 1;
        else
            beyond = middle;
    }
    if (first == set->n || strcmp(name_of(set, index->order[first]), name) != 0)
        return 0;
    *asset = index->order[first];
    return first + 1 < set->n && strcmp(name_of(set, index->order[first + 1]), name) == 0 ? 2 : 1;
}

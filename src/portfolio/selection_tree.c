/* SPDX-License-Identifier: MIT */
/* Open nodes of a search, the one with the least bound on top (see selection.h). */
#include "portfolio/selection.h"

#include <string.h>

void mvoi_tree_init(mvoi_tree *tree, mvo_context *context, size_t n)
{
    memset(tree, 0, sizeof *tree);
    tree->context = context;
    tree->stride = (n + 1) / 2;
}

void mvoi_tree_free(mvoi_tree *tree)
{
    mvoi_release(tree->context, tree->bound);
    mvoi_release(tree->context, tree->slot);
    mvoi_release(tree->context, tree->packed);
}

static int grow(mvoi_tree *tree)
{
    const size_t capacity = tree->capacity ? 2 * tree->capacity : 64;
    double *bound = mvoi_allocate(tree->context, capacity, sizeof *bound);
    size_t *slot = mvoi_allocate(tree->context, capacity, sizeof *slot);
    uint8_t *packed = mvoi_allocate(tree->context, capacity, tree->stride);
    if (!bound || !slot || !packed) {
        mvoi_release(tree->context, bound);
        mvoi_release(tree->context, slot);
        mvoi_release(tree->context, packed);
        return 0;
    }
    if (tree->capacity) {
        memcpy(bound, tree->bound, tree->count * sizeof *bound);
        memcpy(slot, tree->slot, tree->capacity * sizeof *slot);
        memcpy(packed, tree->packed, tree->capacity * tree->stride);
    }
    for (size_t i = tree->capacity; i < capacity; i++)
        slot[i] = i;
    mvoi_tree_free(tree);
    tree->bound = bound;
    tree->slot = slot;
    tree->packed = packed;
    tree->capacity = capacity;
    return 1;
}

static void exchange(mvoi_tree *tree, size_t a, size_t b)
{
    const double bound = tree->bound[a];
    const size_t slot = tree->slot[a];
    tree->bound[a] = tree->bound[b];
    tree->slot[a] = tree->slot[b];
    tree->bound[b] = bound;
    tree->slot[b] = slot;
}

int mvoi_tree_push(mvoi_tree *tree, double bound, const uint8_t *mask, size_t n)
{
    if (tree->count == tree->capacity && !grow(tree))
        return 0;
    size_t i = tree->count++;
    uint8_t *packed = tree->packed + tree->slot[i] * tree->stride;
    tree->bound[i] = bound;
    for (size_t j = 0; j < n; j += 2)
        packed[j / 2] = (uint8_t)(mask[j] | (j + 1 < n ? mask[j + 1] << 4 : 0));
    for (; i > 0 && tree->bound[(i - 1) / 2] > tree->bound[i]; i = (i - 1) / 2)
        exchange(tree, i, (i - 1) / 2);
    return 1;
}

double mvoi_tree_pop(mvoi_tree *tree, uint8_t *mask, size_t n)
{
    const uint8_t *packed = tree->packed + tree->slot[0] * tree->stride;
    const double bound = tree->bound[0];
    for (size_t j = 0; j < n; j++)
        mask[j] = (packed[j / 2] >> (j % 2 ? 4 : 0)) & 15;
    exchange(tree, 0, --tree->count);
    for (size_t i = 0, child; (child = 2 * i + 1) < tree->count; i = child) {
        if (child + 1 < tree->count && tree->bound[child + 1] < tree->bound[child])
            child++;
        if (tree->bound[i] <= tree->bound[child])
            break;
        exchange(tree, i, child);
    }
    return bound;
}

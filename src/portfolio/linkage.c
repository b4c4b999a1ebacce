/* SPDX-License-Identifier: MIT */
/*
 * Linkage in O(n^2). Single linkage is read off a minimum spanning tree (Prim). The others follow chains of nearest
 * neighbours (Benzecri 1982; Muellner 2011): they merge in another order than by distance, but into the same clusters,
 * so sorting the merges is enough. Distances to a merged cluster are updated by Lance & Williams (1967).
 */
#include "portfolio/linkage.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------ single linkage */

/* The tree's edges as they are found; a and b are points. `nearest` holds n points, `keys` their distances to the tree.
 */
static void spanning_tree(mvoi_merge *edges, size_t n, const double *distances, size_t *nearest, double *keys,
                          size_t *outside)
{
    size_t newest = 0, left = n - 1;
    for (size_t i = 0; i < left; i++) {
        outside[i] = i + 1;
        nearest[i + 1] = 0;
        keys[i + 1] = HUGE_VAL;
    }
    for (size_t edge = 0; edge + 1 < n; edge++) {
        const double *column = distances + newest * n;
        size_t best = 0;
        for (size_t i = 0; i < left; i++) {
            const size_t point = outside[i];
            if (column[point] < keys[point]) {
                keys[point] = column[point];
                nearest[point] = newest;
            }
            best = keys[point] < keys[outside[best]] ? i : best;
        }
        newest = outside[best];
        edges[edge] = (mvoi_merge){ nearest[newest], newest, keys[newest] };
        left--;
        memmove(outside + best, outside + best + 1, (left - best) * sizeof *outside);
    }
}

/* ------------------------------------------------------------------------------------- the other linkages */

/* Distance of cluster c to what a and b became. Sizes are those of the three. */
static double merged_distance(int32_t linkage, double to_a, double to_b, double between, double a, double b, double c)
{
    if (linkage == MVO_LINKAGE_COMPLETE)
        return fmax(to_a, to_b);
    if (linkage == MVO_LINKAGE_AVERAGE)
        return (a * to_a + b * to_b) / (a + b);
    const double square = ((a + c) * (to_a * to_a) + (b + c) * (to_b * to_b) - c * (between * between)) / (a + b + c);
    return sqrt(fmax(square, 0.0));
}

/* b takes a's members in: column and row b of the distances become the cluster's. A size of zero is a cluster gone. */
static void merge_into(double *distances, size_t n, size_t *size, int32_t linkage, size_t a, size_t b)
{
    const double between = distances[a + b * n];
    for (size_t c = 0; c < n; c++) {
        if (!size[c] || c == a || c == b)
            continue;
        distances[c + b * n] = distances[b + c * n] =
            merged_distance(linkage, distances[c + a * n], distances[c + b * n], between, (double)size[a],
                            (double)size[b], (double)size[c]);
    }
    size[b] += size[a];
    size[a] = 0;
}

/* Merges as they are found; a and b are points of the two clusters. */
static void follow_chains(mvoi_merge *merges, size_t n, double *distances, int32_t linkage, size_t *size, size_t *chain)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        size[i] = 1;
    for (size_t merge = 0; merge + 1 < n;) {
        if (length == 0) {
            size_t first = 0;
            while (!size[first])
                first++;
            chain[length++] = first;
        }
        const size_t end = chain[length - 1], before = length > 1 ? chain[length - 2] : n;
        const double *column = distances + end * n;
        /* The one before in the chain wins a tie, so that the chain ends. */
        size_t nearest = before;
        double distance = before < n ? column[before] : HUGE_VAL;
        for (size_t c = 0; c < n; c++)
            if (size[c] && c != end && (column[c] < distance || nearest == n)) {
                distance = column[c];
                nearest = c;
            }
        if (nearest != before) {
            chain[length++] = nearest;
            continue;
        }
        const size_t a = end < before ? end : before, b = end < before ? before : end;
        merges[merge++] = (mvoi_merge){ a, b, distance };
        merge_into(distances, n, size, linkage, a, b);
        length -= 2;
    }
}

/* ----------------------------------------------------------------------------------- sorting and labelling */

/* Stable, ascending in distance: by insertion, the place found by halving. */
static void sort(mvoi_merge *merges, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const mvoi_merge taken = merges[i];
        size_t low = 0, high = i; /* behind all that are no farther */
        while (low < high) {
            const size_t middle = (low + high) / 2;
            if (merges[middle].distance <= taken.distance)
                low = middle + 1;
            else
                high = middle;
        }
        memmove(merges + low + 1, merges + low, (i - low) * sizeof *merges);
        merges[low] = taken;
    }
}

static size_t find_root(size_t *parent, size_t x)
{
    size_t root = x;
    while (parent[root] != root)
        root = parent[root];
    while (parent[x] != root) {
        const size_t next = parent[x];
        parent[x] = root;
        x = next;
    }
    return root;
}

/* Points become the clusters they stand for; `parent` holds 2 n integers. */
static void label(mvoi_merge *merges, size_t n, size_t *parent)
{
    for (size_t i = 0; i < 2 * n - 1; i++)
        parent[i] = i;
    for (size_t m = 0; m + 1 < n; m++) {
        const size_t a = find_root(parent, merges[m].a), b = find_root(parent, merges[m].b);
        merges[m].a = a < b ? a : b;
        merges[m].b = a < b ? b : a;
        parent[a] = parent[b] = n + m;
    }
}

void mvoi_linkage(mvoi_merge *merges, size_t n, double *distances, int32_t linkage, size_t *room, double *keys)
{
    if (n < 2)
        return;
    if (linkage == MVO_LINKAGE_SINGLE)
        spanning_tree(merges, n, distances, room, keys, room + n);
    else
        follow_chains(merges, n, distances, linkage, room, room + n);
    sort(merges, n - 1);
    label(merges, n, room);
}

void mvoi_linkage_order(size_t *order, size_t n, const mvoi_merge *merges, size_t *room)
{
    /* Depth first; the stack never holds more than one cluster a level, and there are at most n - 1 levels. */
    size_t waiting = 1, placed = 0;
    room[0] = n > 1 ? 2 * n - 2 : 0;
    while (waiting > 0) {
        const size_t cluster = room[--waiting];
        if (cluster < n) {
            order[placed++] = cluster;
        } else {
            room[waiting++] = merges[cluster - n].b;
            room[waiting++] = merges[cluster - n].a;
        }
    }
}

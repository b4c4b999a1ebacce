/* SPDX-License-Identifier: MIT */
#include "bench/peers/peer.h"

#include "bench/support/timing.h"

#include <stdlib.h>
#include <string.h>

rows_apart rows_apart_of(const instance *p)
{
    const size_t n = p->n, m = p->m;
    rows_apart r = { .A = claim(m * (n + 2), sizeof *r.A), .row = claim(m, sizeof *r.row) };
    r.low = r.A + m * n;
    r.high = r.low + m;
    size_t count = 0;
    for (int equal = 1; equal >= 0; equal--) {
        for (size_t i = 0; i < m; i++)
            if ((p->row_lower[i] == p->row_upper[i]) == equal)
                r.row[count++] = i;
        r.equalities = equal ? count : r.equalities;
    }
    for (size_t k = 0; k < m; k++) {
        r.low[k] = p->row_lower[r.row[k]];
        r.high[k] = p->row_upper[r.row[k]];
        memcpy(r.A + k * n, p->rows + r.row[k] * n, n * sizeof(double));
    }
    return r;
}

void rows_apart_free(rows_apart *r)
{
    free(r->A);
    free(r->row);
}

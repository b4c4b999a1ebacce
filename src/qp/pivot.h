/* SPDX-License-Identifier: MIT */
/* One change of the working set: a simple pivot, or a ride to a second element and an exchange of both. */
#ifndef MVO_QP_PIVOT_H
#define MVO_QP_PIVOT_H

#include "qp/path.h"

/* Element e has reached the end of its range: a free one meets the limit on `hit`'s side, a held one's multiplier has
   reached zero (for MVOI_HELD: the end of its allowance on that side). MVO_OPTIMAL: the working set has changed (or the
   limit was set aside); MVO_INFEASIBLE, MVO_UNBOUNDED, MVO_NOT_CONVEX: proved, see response_p and response_q. */
mvo_outcome mvoi_pivot(mvoi_path *path, size_t e, int32_t hit);

/* At an optimum: whether held element e, whose multiplier is zero, can leave its limit without changing the objective. */
int mvoi_pivot_moves_freely(mvoi_path *path, size_t e);

/* Makes the inverse anew; members that would make it singular leave the working set. */
void mvoi_pivot_refactor(mvoi_path *path);

/* Makes the sums over held weights anew. */
void mvoi_pivot_recount_held(mvoi_path *path);

/* Column of element e in the KKT matrix over the present positions; returns its diagonal entry. */
double mvoi_pivot_column(const mvoi_path *path, size_t e, double *column);

/* path->side[e] has been set: what else depends on it alone. Not for a change of a side that was noted before. */
void mvoi_pivot_note_side(mvoi_path *path, size_t e);

/* A weight becomes free or held: its part in the sums over held weights changes (sign -1 or +1). */
void mvoi_pivot_count_held(mvoi_path *path, size_t j, double sign);

#endif

/* SPDX-License-Identifier: MIT */
/* What the functions over a network of exposures share. */
#ifndef MVO_ESTIMATE_NETWORK_H
#define MVO_ESTIMATE_NETWORK_H

#include "core/core.h"

/* Debts between nodes: element (i, j) >= 0 is what node i owes node j; none owes itself. */
mvo_status mvoi_check_liabilities(mvo_context *context, mvo_error *error, const double *liabilities, size_t ld,
                                  size_t nodes);

#endif

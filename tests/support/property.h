/* SPDX-License-Identifier: MIT */
/* What property tests over many drawn problems share. */
#ifndef SUPPORT_PROPERTY_H
#define SUPPORT_PROPERTY_H

#include "support/instance.h"
#include "support/random.h"

/* The number the environment asks for under this name; `standard` if it asks for none. */
uint64_t asked(const char *name, uint64_t standard);

/* Zeros; the test fails when memory is short. */
double *claim(size_t count);

/* A solver over the problem within `constraints`, which are taken over, and the ids of its first m rows, which are the caller's to
   free; the test fails where there is none. */
mvo_solver *solver_with_ids(int64_t **ids, const instance *p, mvo_constraints *constraints, int32_t flags);

/* Sigma becomes that of a sample of `periods` periods, singular where they are fewer than the assets. */
void forget_periods(random_stream *stream, instance *p, size_t periods);

#endif

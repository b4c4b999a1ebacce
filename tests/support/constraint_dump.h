/* SPDX-License-Identifier: MIT */
/* Everything a constraint set shows to its user, as one text: two sets are alike when their dumps are. */
#ifndef MVO_TESTS_CONSTRAINT_DUMP_H
#define MVO_TESTS_CONSTRAINT_DUMP_H

#include <mvo/mvo.h>

/* To be given to free(). Numbers are printed in hexadecimal, so that every bit counts. */
char *constraint_dump(const mvo_constraints *constraints);

#endif

/* SPDX-License-Identifier: MIT */
/* Checks of arguments that the functions of venues, carry and positions have in common. */
#ifndef MVO_DESK_CHECK_H
#define MVO_DESK_CHECK_H

#include "core/core.h"

/* One number that must lie in [least, most] (either may be infinite); the error names the argument. */
mvo_status mvoi_desk_number(mvo_context *context, mvo_error *error, const char *name, double value, double least,
                            double most);

/* n numbers that must be finite and lie in [least, most]; the error names the argument and the place (row). */
mvo_status mvoi_desk_vector(mvo_context *context, mvo_error *error, const char *name, const double *x, size_t n,
                            double least, double most);

/* A finite table of `rows` by `columns` in [least, most]; the error names row and column. */
mvo_status mvoi_desk_table(mvo_context *context, mvo_error *error, const char *name, const double *x, size_t ld,
                           size_t rows, size_t columns, double least, double most);

#endif

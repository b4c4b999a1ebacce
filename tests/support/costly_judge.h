/* SPDX-License-Identifier: MIT */
/* Problems with costs by number, and whether the library's answer to one stands: what the long runs and the tests share. */
#ifndef SUPPORT_COSTLY_JUDGE_H
#define SUPPORT_COSTLY_JUDGE_H

#include "support/costly.h"

/* The random problem of a seed: dense or of factors, feasible or not, with ties or without (`integer`, may be NULL). */
costly *costly_of_seed(uint64_t seed, int *integer);

/*
 * 1 if the solver and the split problem agree and what is claimed is proved: optima verified from the outside, with the same
 * objective, Farkas vectors checked. *verdict becomes the outcome; else `why` says what is wrong.
 */
int costly_judge(const costly *c, int64_t method, mvo_outcome *verdict, char *why, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/* Clocks and quantiles. Times are microseconds. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stddef.h>

/* How long this thread has been at work: what others on the machine do in between does not count. */
double now(void);

/* Wall clock, for calls too short to bear a system call: those are seldom interrupted. */
double now_short(void);

/* Since a reading of now(), without what reading the clock adds; never negative. */
double since(double begin);

/* The q-quantile of x; sorts it. NaN of nothing. */
double quantile(double *x, size_t count, double q);

/* malloc keeps what is given back to it instead of returning it to the system (glibc), so that a call made again and
   again does not pay for fresh pages at times, by the luck of what else stands in the heap. */
void keep_memory(void);

/* Cleared memory; ends the program without. */
void *claim(size_t count, size_t size);

#endif
